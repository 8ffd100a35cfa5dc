/** Promise 4, and what a log is: one event per number, the same for all who have it. */
import * as Room from "../../core/Room.ts"
import { compare, equals } from "../../protocol/Reign.ts"
import { keyOf, type Known } from "./Known.ts"
import { isLossless, type World } from "./World.ts"

/** Every so manieth state is compared whole with those of others; the rest by what changes with every event. */
const hashEvery = 16
/** States remembered for comparison; older ones are held by nobody any more. */
const rememberedMax = 8_192
/** Nobody is stopped for so long without noticing it. */
const noticedMs = 250
/** Who has been in reach for so long is live to all. */
const knownMs = 1_000

export class LogOracle {
  /** By reign and seq: what the first node that had it had. */
  private readonly seen = new Map<string, { readonly node: string; readonly print: number }>()

  constructor(private readonly world: World) {}

  /** `known.state` is still the one before. */
  folded(known: Known, state: Room.RoomState): void {
    const { node, standing, state: before } = known
    // With a quorum, what only a stranger to a reign holds is no part of what goes on, but for what was shown and must last.
    const { quorum } = this.world
    const dropped = quorum &&
      (known.shown === null || Room.contains(state, known.shown) || !isLossless(this.world, known))
    if (before !== null && Room.compareHeads(state, before) < 0 && !dropped) {
      this.world.fail(
        "4",
        `the log of ${node.name} went back from ${headOf(before)} to ${headOf(state)}`
      )
    }
    const accepted = standing?.reign ?? null
    if (accepted !== null && node.isUp && node.process.isRunning && compare(state.reign, accepted) > 0) {
      this.world.fail("4", `${node.name} folded ${headOf(state)}, and has accepted epoch ${accepted.epoch} only`)
    }
    this.ordered(known, state)
    this.same(node.name, state)
  }

  /** A host that was stopped meanwhile, and all others have gone on without it: one event may have been on its way. */
  private ordered(known: Known, state: Room.RoomState): void {
    const { node, standing } = known
    if (standing?.role !== "host" || !equals(standing.reign, state.reign) || state.seq === known.state?.seq) return
    const stop = node.lastStop
    if (stop === null || stop.forMs < noticedMs) return
    // What happened to others may keep them from answering.
    if (this.world.nowMs() - stop.endedAtMs >= this.world.disturbances.calmMs((scope) => scope !== node.slot)) return
    const others = this.world.alive().filter((other) => other !== known)
    // Somebody who knows better, and whom this node knew when it was stopped.
    const sinceMs = this.world.nowMs() - stop.endedAtMs + stop.forMs + knownMs
    const knew = (other: Known): boolean =>
      other.followed.has(keyOf(state.reign)) && this.world.cables().wholeForMs(node.slot, other.node.slot) > sinceMs
    const deposed = others.some(knew) &&
      others.every((other) =>
        other.reignedAtMs < stop.endedAtMs && other.standing?.reign != null &&
        compare(other.standing.reign, state.reign) > 0
      )
    known.orderedDeposed = deposed ? known.orderedDeposed + state.seq - (known.state?.seq ?? 0) : 0
    if (known.orderedDeposed > 1) {
      this.world.fail("asks", `${node.name} went on to ${headOf(state)} though all others follow another host`)
    }
  }

  private same(node: string, state: Room.RoomState): void {
    const key = `${state.reign.epoch}/${state.reign.host}/${state.seq}`
    const print = state.seq % hashEvery === 0 ? Room.hash(state) : quickPrint(state)
    const first = this.seen.get(key)
    if (first === undefined) {
      this.seen.set(key, { node, print })
      if (this.seen.size > rememberedMax) this.seen.delete(this.seen.keys().next().value!)
    } else if (first.print !== print) {
      this.world.fail("4", `${node} and ${first.node} have different states at ${headOf(state)}`)
    }
  }
}

/** What nearly every difference shows in: who sits there, and which inputs were applied. */
const quickPrint = (state: Room.RoomState): number => {
  let print: number = state.clock
  for (const seat of state.seats) print = (Math.imul(print, 31) + seat.seat * 7 + seat.inputHash + seat.lastInput) | 0
  return print
}

export const headOf = ({ clock, reign, seq }: Room.RoomState): string =>
  `event ${seq} of epoch ${reign.epoch} (clock ${clock})`
