/** Promise 5: with faults over, the cluster settles within a bound, plays on, and leaves nothing behind when it ends. */
import { Duration, Effect } from "effect"
import * as Match from "../core/Match.ts"
import * as Room from "../core/Room.ts"
import type { RoomState } from "../core/Room.ts"
import { equals } from "../protocol/Reign.ts"
import { type Known, stateOf } from "./oracles/Known.ts"
import type { Oracles } from "./oracles/Oracles.ts"
import type { SimulatedCluster } from "./SimulatedCluster.ts"
import type { VirtualClock } from "./time/VirtualClock.ts"
import type { PromiseName } from "./Violation.ts"

/** From the end of the last fault on, in virtual milliseconds. */
const settleWithinMs = 8_000
const lookEveryMs = 50
/** Events that may be on their way. */
const lagMax = 10
/** It must stay so for this long. */
const settledForMs = 500
const playForMs = 1_000
/** Of the ticks that should pass meanwhile, these at least. */
const ticksShareMin = 0.9
const endWithinMs = 8_000

export class Liveness {
  constructor(
    private readonly cluster: SimulatedCluster,
    private readonly oracles: Oracles,
    private readonly time: VirtualClock,
    private readonly fail: (promise: PromiseName, detail: string) => void
  ) {}

  demand(): Effect.Effect<void> {
    return Effect.gen(this, function*() {
      if (!(yield* this.settle())) return
      yield* this.play()
      yield* this.end()
    })
  }

  private settle() {
    return Effect.gen(this, function*() {
      const deadline = this.time.elapsedMs + settleWithinMs
      let since: number | null = null
      let why = ""
      while (this.time.elapsedMs < deadline) {
        const wrong = this.unsettled()
        if (wrong === null) {
          since ??= this.time.elapsedMs
          if (this.time.elapsedMs - since >= settledForMs) return true
        } else {
          since = null
          why = wrong
        }
        yield* Effect.sleep(Duration.millis(lookEveryMs))
      }
      this.fail("5", `not settled ${settleWithinMs} ms after the last fault: ${why}`)
      return false
    })
  }

  /** What is not as it should be, or null. */
  private unsettled(): string | null {
    const missing = this.cluster.missing()
    if (missing.length > 0) return `nobody is back on ${missing.join(", ")}`
    const all = this.oracles.alive()
    const hosts = all.filter(({ standing }) => standing?.role === "host")
    if (hosts.length !== 1) return `${hosts.length} hosts (${all.map(describe).join("; ")})`
    const host = hosts[0]!
    const newest = stateOf(host.node)
    if (newest === null) return `${host.node.name} has no room`
    const highest = all.map(({ node }) => node.peerId).sort().at(-1)!
    if (this.cluster.options.settings.preempt !== false && host.node.peerId !== highest) {
      return `${host.node.name} hosts, and is not the highest`
    }
    for (const known of all) {
      const { node, standing } = known
      if (!equals(standing?.reign ?? null, host.standing!.reign)) return `${describe(known)} is not in the host's reign`
      if (standing?.role !== "host" && standing?.role !== "peer") return describe(known)
      const state = stateOf(node)
      if (state === null) return `${node.name} has no room`
      if (newest.seq - state.seq > lagMax) return `${node.name} lags ${newest.seq - state.seq} events behind`
    }
    for (const { name } of this.cluster.playing()) {
      const seat = newest.seats.find(({ profile }) => profile.name === `${name}-0`)
      if (seat === undefined ? this.hasRoom(newest) : seat.awaySince !== null) return `nobody plays at ${name}`
    }
    return null
  }

  /** Whether whoever wants a seat gets one. */
  private hasRoom({ match, options, seats }: RoomState): boolean {
    if (match !== null && !Match.isOpen(match)) return false
    return seats.filter(({ awaySince }) => awaySince === null).length < this.cluster.seatsMax(options)
  }

  private play() {
    return Effect.gen(this, function*() {
      const before = this.oracles.alive().map(({ node }) => ({ node, state: stateOf(node)! }))
      const reign = before[0]!.state.reign
      yield* Effect.sleep(Duration.millis(playForMs))
      const states = new Map<number, Set<number>>()
      for (const { node, state } of before) {
        const now = stateOf(node)!
        const due = playForMs * this.cluster.options.game.tickRate / 1_000
        if (!equals(now.reign, reign)) this.fail("5", `the host changed once more, to ${now.reign.host}`)
        if (now.clock - state.clock < due * ticksShareMin) {
          this.fail("5", `${node.name} folded ${now.clock - state.clock} ticks of ${Math.round(due)}`)
        }
        states.set(now.seq, (states.get(now.seq) ?? new Set()).add(Room.hash(now)))
      }
      for (const player of this.oracles.unheard(this.time.elapsedMs - playForMs)) {
        this.fail("5", `the inputs of ${player} are not answered`)
      }
      for (const [seq, hashes] of states) {
        if (hashes.size > 1) this.fail("5", `${hashes.size} different states at event ${seq}`)
      }
    })
  }

  private end() {
    return Effect.gen(this, function*() {
      for (let slot = 0; slot < this.cluster.size; slot++) {
        this.cluster.leave(slot)
        yield* Effect.sleep(Duration.millis(200))
      }
      const deadline = this.time.elapsedMs + endWithinMs
      const open = () => this.cluster.ended.filter((node) => node.state !== "ended" && node.state !== "crashed")
      while (open().length > 0 && this.time.elapsedMs < deadline) yield* Effect.sleep(Duration.millis(lookEveryMs))
      for (const node of open()) this.fail("5", `${node.name} had not ended ${endWithinMs} ms after it was asked to`)
      for (const node of this.cluster.ended) {
        if (node.state === "ended" && node.fiberCount > 0) {
          this.fail("5", `${node.name} ended, and left ${node.fiberCount} fibers behind`)
        }
      }
    })
  }
}

const describe = ({ node, standing }: Known): string =>
  `${node.name} is ${standing?.role ?? "starting"} in epoch ${standing?.reign?.epoch ?? "none"} of ${
    standing?.reign?.host.slice(0, 4) ?? "nobody"
  }${standing?.claim == null ? "" : `, claims ${standing.claim.epoch}`}`
