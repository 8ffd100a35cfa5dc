/**
 * One run of a simulated cluster: real services on a hostile network, in virtual time, with oracles that look on. All that
 * happens follows from the settings; the same settings give the same run, to the byte.
 */
import { Duration, Effect, FiberRef } from "effect"
import type { AnyGame } from "../games/Game.ts"
import type { ElectionBy } from "../layers/engine/Engine.ts"
import * as VirtualLan from "../layers/virtual/VirtualLan.ts"
import { type Conditions, wholeCable } from "../layers/virtual/VirtualNetwork.ts"
import type { RoomOptions } from "../protocol/Match.ts"
import type { Standing } from "../services/Election.ts"
import type { Cables } from "./Cables.ts"
import { Disturbances } from "./faults/Disturbances.ts"
import { type FaultKind, faultKinds, type PlannedFault } from "./faults/Fault.ts"
import { FaultInjector } from "./faults/FaultInjector.ts"
import * as Plan from "./faults/Plan.ts"
import { Liveness } from "./Liveness.ts"
import { Oracles } from "./oracles/Oracles.ts"
import { SimulatedCluster } from "./SimulatedCluster.ts"
import { SimulatedNode } from "./SimulatedNode.ts"
import type { SimulatedProcess } from "./SimulatedProcess.ts"
import { Chance } from "./time/Chance.ts"
import type { VirtualScheduler } from "./time/VirtualScheduler.ts"
import * as VirtualTime from "./time/VirtualTime.ts"
import { Trace } from "./Trace.ts"
import { Violation } from "./Violation.ts"

/** `safety`: faults to the end. `liveness`: then they stop, and the cluster must settle and leave nothing behind. */
export type Mode = "safety" | "liveness"

export interface Settings {
  /** 0 to 2^64 - 1. */
  readonly seed: bigint
  readonly nodes: number
  /** Thin clients; 0: a mesh, where everybody who plays is a node. */
  readonly players: number
  readonly transport: "tcp" | "udp"
  readonly durationMs: number
  readonly game: AnyGame
  /** What the main room is opened with; null: as the game has it. */
  readonly room: RoomOptions | null
  readonly kinds: ReadonlyArray<FaultKind>
  /** Every kind must come at least once; otherwise the seed chooses some. */
  readonly every: boolean
  readonly mode: Mode
  /** How hosts are elected; by Raft they need a quorum, and stay. */
  readonly election: ElectionBy
  readonly quorum: boolean
  readonly preempt: boolean
  /** Only these of the planned faults, by index; null: all. */
  readonly only: ReadonlyArray<number> | null
}

/** Five nodes that play for a minute, under faults of all kinds. */
export const defaults: Omit<Settings, "seed" | "game"> = {
  nodes: 5,
  players: 0,
  transport: "tcp",
  durationMs: 60_000,
  room: null,
  kinds: faultKinds,
  every: false,
  mode: "liveness",
  election: "bully",
  quorum: false,
  preempt: true,
  only: null
}

export interface TraceOptions {
  readonly kept: number
  readonly write: ((line: string) => void) | null
}

export interface Outcome {
  readonly violation: Violation | null
  readonly plan: ReadonlyArray<PlannedFault>
  readonly fired: ReadonlyMap<FaultKind, number>
  /** Virtual milliseconds that passed. */
  readonly simulatedMs: number
  /** The same for the same settings, and for nothing else. */
  readonly fingerprint: string
  readonly trace: Trace
}

/** Nodes start within this time, and are left in peace for as long again. */
const startWithinMs = 500

/** Throws only what is a mistake of the simulation, and no finding. */
export const run = (settings: Settings, tracing: TraceOptions = { kept: 0, write: null }): Outcome => {
  const chance = new Chance(settings.seed)
  const plan = Plan.draw(chance.stream("faults"), {
    machines: settings.nodes + settings.players,
    fromMs: startWithinMs,
    toMs: settings.durationMs,
    // In whatever order they were asked for.
    kinds: faultKinds.filter((kind) => settings.kinds.includes(kind)),
    every: settings.every
  }).filter(({ index }) => settings.only === null || settings.only.includes(index))
  const trace = new Trace(tracing.kept, tracing.write)
  const quorum = settings.quorum || settings.election === "raft"
  const verbose = tracing.kept > 0 || tracing.write !== null
  let violation: Violation | null = null
  let nowMs = 0
  let injector: FaultInjector | null = null
  let cables: Cables | null = null
  let look = (): void => {}

  const body = Effect.gen(function*() {
    const time = yield* VirtualTime.clock
    const scheduler = yield* FiberRef.get(FiberRef.currentScheduler)
    const network = chance.stream("network")
    const lan = yield* VirtualLan.make({
      backsOff: true,
      transport: settings.transport,
      chance: () => network.float(),
      timer: (nanos, fire) => time.at(time.elapsedNanos + nanos, fire)
    })
    const fail: ConstructorParameters<typeof Oracles>[0]["fail"] = (promise, detail) => {
      violation ??= new Violation(promise, detail, time.elapsedMs)
    }
    const disturbances = new Disturbances(() => time.elapsedMs)
    const oracles: Oracles = new Oracles({
      nowMs: () => time.elapsedMs,
      election: settings.election,
      quorum,
      silenced: () => injector!.silenced,
      cables: () => cables!,
      disturbances,
      fail
    })
    const names = new Map<string, string>()
    const named = (id: string): string => names.get(id) ?? id
    const note = (who: string | null, words: string): void => trace.note(time.elapsedMs, who, words)
    const observer = {
      started: (process: SimulatedProcess) => {
        names.set(process.peerId, process.name)
        note(process.name, `starts as ${process.peerId}`)
        if (process instanceof SimulatedNode) oracles.started(process)
      },
      noticed: oracles.noticed.bind(oracles),
      played: oracles.played.bind(oracles),
      showed: oracles.showed.bind(oracles),
      stood: (node: SimulatedNode, standing: Standing) => {
        note(node.name, wordsOf(standing, named))
        oracles.stood(node, standing)
        if (standing.role === "peer") injector?.followed(node.peerId, standing.reign!.host)
      },
      died: ({ name }: SimulatedProcess, what: string) => fail("alive", `a fiber of ${name} died: ${what}`),
      broke: ({ name }: SimulatedProcess, what: string) => fail("invariant", `${name}: ${what}`),
      said: ({ name }: SimulatedProcess, words: string) => {
        if (verbose) note(name, words)
      }
    }
    const cluster = new SimulatedCluster(lan, time, scheduler as VirtualScheduler, chance, observer, {
      nodes: settings.nodes,
      players: settings.players,
      game: gameOf(settings),
      settings: { quorum, preempt: settings.preempt && settings.election === "bully" },
      election: settings.election,
      bots: settings.players === 0 ? 1 : 0,
      kept: chance.happens(0.5) || (quorum && settings.mode === "liveness")
        || plan.some(({ fault }) => fault.kind === "disk"),
      driftPpm: driftOf(plan),
      base: baseOf(chance.stream("cables")),
      verbose
    })
    lan.network.onDelivery = (delivery) =>
      trace.delivered(time.elapsedMs, named(delivery.from), named(delivery.to), delivery)
    cables = cluster.cables
    injector = new FaultInjector(cluster, time, disturbances, (words) => note(null, words))
    look = () => {
      nowMs = time.elapsedMs
      oracles.look()
      if (violation !== null) throw violation
    }
    for (let slot = 0; slot < cluster.size; slot++) {
      time.at(chance.between(0, startWithinMs) * 1e6, () => cluster.start(slot))
    }
    injector.plan(plan)
    yield* Effect.sleep(Duration.millis(settings.durationMs))
    if (settings.mode === "liveness") {
      injector.stop()
      yield* new Liveness(cluster, oracles, time, fail).demand()
    }
  })

  try {
    VirtualTime.runSync(body, {
      seed: settings.seed,
      timeLimit: settings.durationMs + 120_000,
      onRest: () => look()
    })
  } catch (error) {
    if (!(error instanceof Violation)) throw error
  }
  return {
    violation,
    plan,
    fired: injector === null ? new Map() : (injector as FaultInjector).fired,
    simulatedMs: nowMs,
    fingerprint: trace.fingerprint,
    trace
  }
}

const wordsOf = ({ cause, reign, role }: Standing, named: (id: string) => string): string =>
  reign === null
    ? `is ${role}`
    : `is ${role} in epoch ${reign.epoch} of ${named(reign.host)} (${cause})`

/** The main room is opened as the game has it. */
const gameOf = ({ game, room }: Settings): AnyGame =>
  room === null || game.match === undefined ? game : { ...game, match: { ...game.match, defaults: room } }

const driftOf = (plan: ReadonlyArray<PlannedFault>): ReadonlyArray<number> => {
  for (const { fault } of plan) if (fault.kind === "clock-drift") return fault.ppm
  return []
}

/** What cables do when nothing is wrong: between a wire in one room and a busy radio. */
const baseOf = (chance: Chance): Conditions => ({
  ...wholeCable,
  latencyMs: chance.pick([0.05, 0.3, 1, 3]),
  jitterMs: chance.pick([0, 0.1, 1, 4])
})
