/** A bounded queue from plain callbacks to one fiber: offered synchronously, taken all at once. */
import { Effect } from "effect"

/** Has all that is taken handled, one after the other, until the scope ends. */
export const handleEach = <A>(take: Effect.Effect<ReadonlyArray<A>>, handle: (item: A) => Effect.Effect<unknown>) =>
  Effect.forkScoped(Effect.forever(Effect.flatMap(take, (all) => Effect.forEach(all, handle, { discard: true }))))

export class Inbox<A> {
  private items: Array<A> = []
  private readonly latch = Effect.unsafeMakeLatch(false)

  /** `capacity`: the most items that wait. */
  constructor(readonly capacity: number) {}

  get size(): number {
    return this.items.length
  }

  /** False when the queue is full: the item was not taken. */
  offer(item: A): boolean {
    if (this.items.length >= this.capacity) return false
    this.items.push(item)
    if (this.items.length === 1) this.latch.unsafeOpen()
    return true
  }

  /** Everything that waits, maybe nothing. */
  drain(): ReadonlyArray<A> {
    const items = this.items
    this.items = []
    this.latch.unsafeClose()
    return items
  }

  /** All items that wait, at least one, in order. For one taker. */
  readonly take: Effect.Effect<ReadonlyArray<A>> = Effect.suspend(() =>
    this.items.length > 0 ? Effect.succeed(this.drain()) : Effect.zipRight(this.latch.await, this.take)
  )
}
