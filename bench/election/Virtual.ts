/**
 * The host's cable has a bad contact, or does not reach everybody: on a whole LAN in virtual time, since no two machines
 * of a real one can be cut from each other alone.
 */
import { Effect } from "effect"
import { Gather } from "../../src/games/Gather.ts"
import type { ElectionBy } from "../../src/layers/engine/Engine.ts"
import * as VirtualLan from "../../src/layers/virtual/VirtualLan.ts"
import * as VirtualNode from "../../src/layers/virtual/VirtualNode.ts"
import * as Figures from "../../src/programs/bench/Figures.ts"
import { decodeBody, lengthBytes } from "../../src/protocol/Frame.ts"
import { mainRoom } from "../../src/protocol/Ids.ts"
import { Election } from "../../src/services/Election.ts"
import { Replica } from "../../src/services/Replica.ts"
import * as VirtualTime from "../../src/simulation/time/VirtualTime.ts"
import type { Outcome } from "./Outcome.ts"

export type Scenario = "partial partition" | "flapping"

const settleMs = 4_000
const faultMs = 10_000
const healMs = 3_000
const flapMs = 600
const lookEveryMs = 10
/** A node whose clock stands still for longer is without a host. */
const standsMs = 100

const electing = new Set<unknown>(["bully", "raft", "group", "leadership"])
const unplanned = new Set(["crash", "silence", "heal"])

const isOfElection = (frame: Uint8Array): boolean => {
  try {
    const body: unknown = decodeBody(frame.subarray(lengthBytes))
    return Array.isArray(body) && electing.has(body[0])
  } catch {
    return false
  }
}

interface Round {
  readonly waits: ReadonlyArray<number>
  readonly takeovers: number
  readonly frames: number
  readonly undone: number
  readonly broken: ReadonlyArray<string>
}

const round = (scenario: Scenario, election: ElectionBy, nodes: number) =>
  Effect.gen(function*() {
    const lan = yield* VirtualLan.make({ latencyMs: 0.3, backsOff: true })
    const all = yield* Effect.forEach(
      Array.from({ length: nodes }, (_, i) => i + 1),
      (rank) => VirtualNode.start(lan, { rank, game: Gather, election, settings: { preempt: false } })
    )
    const clock = yield* VirtualTime.clock
    const begun = new Set<string>()
    const stands = all.map(() => ({ clock: -1, sinceMs: 0 }))
    const waits: Array<number> = []
    const broken: Array<string> = []
    let frames = 0
    let counts = false

    for (const node of all) {
      yield* node.run(Effect.flatMap(Election, ({ watch }) =>
        watch(({ cause, reign, role }) =>
          Effect.sync(() => {
            if (counts && role === "host" && unplanned.has(cause)) begun.add(`${reign!.epoch} ${reign!.host}`)
          })
        )))
    }
    lan.network.onDelivery = ({ bytes, kind }) => {
      if (counts && kind === "frame" && isOfElection(bytes)) frames++
    }
    const look = Effect.forEach(all, (node, i) =>
      Effect.map(
        node.run(Effect.flatMap(Replica, ({ state }) => state(mainRoom))),
        (state) => {
          const stand = stands[i]!
          if (state === null || state.clock === stand.clock) return
          const stoodMs = clock.elapsedMs - stand.sinceMs
          if (counts && stand.clock >= 0 && stoodMs > standsMs) waits.push(stoodMs)
          stand.clock = state.clock
          stand.sinceMs = clock.elapsedMs
        }
      ), { discard: true })
    const pass = (ms: number) =>
      Effect.gen(function*() {
        for (let passed = 0; passed < ms; passed += lookEveryMs) {
          yield* Effect.sleep(lookEveryMs)
          yield* look
        }
      })

    yield* pass(settleMs)
    counts = true
    const roles = yield* Effect.forEach(all, (node) => node.run(Effect.map(Election, ({ now }) => now().role)))
    const at = roles.indexOf("host")
    if (at === -1) return { waits, takeovers: 0, frames, undone: 0, broken: ["no node hosts"] } satisfies Round as Round
    const host = all[at]!
    const others = all.filter((node) => node !== host)
    if (scenario === "flapping") {
      for (let passed = 0; passed < faultMs; passed += flapMs) {
        yield* lan.detach(host.peerId)
        yield* pass(flapMs / 2)
        yield* lan.attach(host.peerId)
        yield* pass(flapMs / 2)
      }
    } else {
      const far = others.slice(0, Math.floor(others.length / 2))
      for (const { peerId } of far) yield* lan.cut(host.peerId, peerId)
      yield* pass(faultMs)
      for (const { peerId } of far) yield* lan.heal(host.peerId, peerId)
    }
    yield* pass(healMs)
    const counters = yield* Effect.forEach(all, (node) => node.run(Effect.flatMap(Replica, (one) => one.counters)))
    all.forEach((node, i) => {
      const { regressions } = counters[i]!
      if (regressions > 0) broken.push(`${node.peerId}: ${regressions} regressions`)
      if (clock.elapsedMs - stands[i]!.sinceMs > standsMs) broken.push(`${node.peerId} is still without a host`)
    })
    const undone = counters.reduce((sum, { lossesTold }) => sum + lossesTold, 0)
    return { waits, takeovers: begun.size, frames, undone, broken } satisfies Round as Round
  })

export const run = (
  { election, nodes, progress, rounds, scenario }: {
    readonly scenario: Scenario
    readonly election: ElectionBy
    readonly nodes: number
    readonly rounds: number
    readonly progress: (note: string) => void
  }
): Outcome => {
  const all: Array<Round> = []
  for (let seed = 1; seed <= rounds; seed++) {
    all.push(VirtualTime.runSync(round(scenario, election, nodes), { seed }))
    progress(`${scenario} by ${election}, ${seed} of ${rounds}`)
  }
  const waits = all.flatMap((one) => one.waits)
  const sum = (of: (one: Round) => number): number => all.reduce((total, one) => total + of(one), 0)
  return {
    scenario,
    election,
    ground: "virtual",
    rounds,
    withoutHostMs: Figures.distribution(waits),
    withoutHostPerRoundMs: waits.reduce((total, ms) => total + ms, 0) / nodes / rounds,
    takeovers: sum((one) => one.takeovers) / rounds,
    framesPerSecond: sum((one) => one.frames) * 1_000 / rounds / (faultMs + healMs),
    undone: sum((one) => one.undone),
    broken: all.flatMap((one) => one.broken)
  }
}
