/** How a host that is well hands its reign to a peer that has all of its logs. */
import { Effect } from "effect"
import type { PeerId } from "../../protocol/Ids.ts"
import type { ElectionService } from "../../services/Election.ts"
import type { Desk } from "./Desk.ts"
import type { Syncing } from "./Syncing.ts"

/** The highest peer that the reign can be handed to now. */
export const heirOf = ({ hosting, store }: Desk): PeerId | undefined =>
  hosting === null ? undefined : [...hosting.followers.inStep(store)].sort().at(-1)

/** Changes nothing where the peer has not caught up, or is gone. `running`: opened when this node goes on itself. */
export const handOverTo = (
  desk: Desk,
  { step }: Syncing,
  election: ElectionService,
  running: Effect.Latch
): (to: PeerId) => Effect.Effect<void> => {
  const { buffers, links, store } = desk
  return Effect.fnUntraced(function*(to: PeerId) {
    const mine = desk.hosting
    if (mine === null || !mine.running || !mine.followers.inStep(store).includes(to)) return
    yield* step(mine, { _tag: "suspended" })
    const cuts = store.ids().map((room) => ({ room, seq: store.get(room)!.state.seq }))
    if (!(yield* election.handOver(to, cuts))) {
      yield* step(mine, { _tag: "resumed" })
      return yield* running.open
    }
    for (const [room, buffer] of buffers) {
      for (const [seat, inputs] of buffer.drain()) {
        yield* links.send(to, "input", { _tag: "inputs", reign: mine.reign, room, seat, inputs })
      }
    }
  })
}
