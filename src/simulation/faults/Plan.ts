/** Draws what will befall a cluster, by seed: written down before the run begins, so that parts can be left out of it. */
import type { Chance } from "../time/Chance.ts"
import { type Fault, type FaultKind, type PlannedFault, weightOf } from "./Fault.ts"

export interface PlanOptions {
  readonly machines: number
  /** Faults begin within this time, in milliseconds since the run began. */
  readonly fromMs: number
  readonly toMs: number
  /** The kinds that may come. */
  readonly kinds: ReadonlyArray<FaultKind>
  /** All of them must come at least once. Otherwise the seed chooses some (swarm testing: Groce et al., ISSTA 2012). */
  readonly every: boolean
}

/** The mean time between two faults is drawn from this range, in milliseconds: calm runs, and stormy ones. */
const pauseMsMin = 300
const pauseMsMax = 4_000

export const draw = (chance: Chance, options: PlanOptions): ReadonlyArray<PlannedFault> => {
  const { fromMs, kinds, toMs } = options
  if (kinds.length === 0) return []
  const chosen = options.every ? kinds : swarm(chance, kinds)
  const meanMs = chance.between(pauseMsMin, pauseMsMax)
  const plan: Array<{ atMs: number; fault: Fault }> = []
  if (chosen.includes("clock-drift")) plan.push({ atMs: 0, fault: make(chance, "clock-drift", options, toMs) })
  const timed = chosen.filter((kind) => kind !== "clock-drift")
  const share = Object.fromEntries(timed.map((kind) => [kind, weightOf(kind)])) as Partial<Record<FaultKind, number>>
  const owed = options.every ? chance.shuffled(timed) : []
  const many = Math.max(owed.length, Math.round((toMs - fromMs) / meanMs))
  if (timed.length > 0) {
    const times = Array.from({ length: many }, () => chance.between(fromMs, toMs)).sort((a, b) => a - b)
    for (const atMs of times) {
      plan.push({ atMs, fault: make(chance, owed.pop() ?? chance.weighted(share), options, toMs - atMs) })
    }
  }
  return plan.map((planned, index) => ({ index, ...planned }))
}

/** Each kind is in or out; never none at all. */
const swarm = (chance: Chance, kinds: ReadonlyArray<FaultKind>): ReadonlyArray<FaultKind> => {
  const chosen = kinds.filter(() => chance.happens(0.4))
  return chosen.length > 0 ? chosen : [chance.pick(kinds)]
}

/** `restMs`: until faults are over. What is on its way then still comes as late as it was to. */
const make = (chance: Chance, kind: FaultKind, { machines }: PlanOptions, restMs: number): Fault => {
  const slot = () => chance.below(machines)
  const all = Array.from({ length: machines }, (_, i) => i)
  /** Some, but not all. */
  const side = () => chance.shuffled(all).slice(0, 1 + chance.below(Math.max(1, machines - 1))).sort((a, b) => a - b)
  const whole = (min: number, max: number) => Math.round(chance.between(min, max))
  /** Mostly short, some long. */
  const lasting = (max: number) => Math.round(max * chance.float() ** 3) + 20
  const downMs = Math.round(chance.happens(0.5) ? chance.between(50, 500) : chance.between(500, 6_000))
  const apart = () => ({ side: side(), forMs: lasting(8_000) })
  const held = (max: number) => {
    const from = slot()
    const to = (from + 1 + chance.below(Math.max(1, machines - 1))) % machines
    return { from, to, forMs: Math.min(lasting(max), restMs) }
  }
  const details: { readonly [K in FaultKind]: () => Omit<Extract<Fault, { readonly kind: K }>, "kind"> } = {
    "crash": () => ({ slot: slot(), tasks: 1 + chance.below(2_000), torn: chance.happens(0.5), downMs }),
    "quit": () => ({ slot: slot(), downMs }),
    "storm": () => ({
      slots: chance.shuffled(all).slice(0, 1 + chance.below(machines)),
      crash: chance.happens(0.5),
      withinMs: whole(0, 300),
      downMs
    }),
    "pause": () => ({ slot: slot(), forMs: lasting(5_000) }),
    "slow": () => ({ slot: slot(), runMs: whole(1, 30), stopMs: whole(10, 200), forMs: lasting(6_000) }),
    "partition": apart,
    "one-way": apart,
    "bridge": () => {
      const bridge = slot()
      return { side: side().filter((one) => one !== bridge), bridge, forMs: lasting(8_000) }
    },
    "ring": () => ({ order: chance.shuffled(all), forMs: lasting(8_000) }),
    "flapping": () => ({ slot: slot(), periodMs: whole(20, 800), forMs: lasting(8_000) }),
    "latency": () => ({ latencyMs: whole(1, 60), jitterMs: whole(0, 60), forMs: lasting(8_000) }),
    "loss": () => ({ share: chance.pick([0.01, 0.05, 0.2, 0.4]), forMs: lasting(8_000) }),
    "duplication": () => ({ share: chance.pick([0.05, 0.3]), forMs: lasting(8_000) }),
    "corruption": () => ({ share: chance.pick([0.01, 0.1]), forMs: lasting(8_000) }),
    "bandwidth": () => ({ bytesPerSecond: chance.pick([20_000, 60_000, 200_000]), forMs: lasting(6_000) }),
    "clog": () => held(3_000),
    "stuck": () => held(8_000),
    "clog-reign": () => ({ forMs: Math.min(whole(50, 600), restMs) }),
    "disk": () => ({ slot: slot(), forMs: lasting(8_000) }),
    "clock-step": () => ({ slot: slot(), stepMs: whole(-5_000, 5_000) }),
    "clock-drift": () => ({ ppm: all.map(() => whole(-500, 500)) })
  }
  return { kind, ...details[kind]() } as Fault
}
