/** Promise 4, and what a log is: one event per number, the same for all who have it. */
import * as Room from "../../core/Room.ts"
import { compare } from "../../protocol/Reign.ts"
import type { Known, World } from "./World.ts"

/** Every so manieth state is compared whole with those of others; the rest by what changes with every event. */
const hashEvery = 16
/** States remembered for comparison; older ones are held by nobody any more. */
const rememberedMax = 8_192

export class LogOracle {
  /** By reign and seq: what the first node that had it had. */
  private readonly seen = new Map<string, { readonly node: string; readonly print: number }>()

  constructor(private readonly world: World) {}

  /** `known.state` is still the one before. */
  folded(known: Known, state: Room.RoomState): void {
    const { node, standing, state: before } = known
    if (before !== null && Room.compareHeads(state, before) < 0) {
      this.world.fail(
        "4",
        `the log of ${node.name} went back from ${headOf(before)} to ${headOf(state)}`
      )
    }
    const accepted = standing?.reign ?? null
    if (accepted !== null && node.isUp && node.process.isRunning && compare(state.reign, accepted) > 0) {
      this.world.fail("4", `${node.name} folded ${headOf(state)}, and has accepted epoch ${accepted.epoch} only`)
    }
    this.same(node.name, state)
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
