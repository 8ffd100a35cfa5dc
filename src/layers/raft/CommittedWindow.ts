/** The newest of what was committed, for readers that each go at their own pace. */
import { Chunk, Effect, Option, Stream } from "effect"
import { type Committed, RaftLogError } from "../../services/RaftLog.ts"

/** The most items that a reader is given at once. */
const chunkMax = 1_024

export class CommittedWindow {
  private items: Array<Committed> = []
  private bytes = 0
  /** How many items came before those that are kept. */
  private base = 0
  /** Of the last item that is not kept. */
  private droppedIndex = -1
  /** Open since something was added, or this has ended. */
  private readonly news = Effect.unsafeMakeLatch(false)
  private error: RaftLogError | null = null

  constructor(private readonly itemsMax: number, private readonly bytesMax: number) {}

  add(item: Committed): void {
    this.items.push(item)
    this.bytes += sizeOf(item)
    // A quarter at a time, since that moves the rest.
    if (this.items.length <= this.itemsMax && this.bytes <= this.bytesMax) return
    const count = Math.max(1, this.items.length >>> 2)
    const dropped = this.items.splice(0, count)
    for (const one of dropped) this.bytes -= sizeOf(one)
    this.base += count
    this.droppedIndex = dropped.at(-1)!.index
  }

  /** Tells the readers that something was added. */
  flush(): void {
    this.news.unsafeOpen()
  }

  end(error: RaftLogError): void {
    this.error = error
    this.flush()
  }

  stream(from: number): Stream.Stream<Committed, RaftLogError> {
    return Stream.suspend(() => {
      if (from <= this.droppedIndex) return Stream.fail(compacted)
      let position = this.base + this.items.findIndex((item) => item.index >= from)
      if (position < this.base) position = this.base + this.items.length
      const pull: Effect.Effect<Chunk.Chunk<Committed>, Option.Option<RaftLogError>> = Effect.suspend(() => {
        if (position < this.base) return Effect.fail(Option.some(compacted))
        const items = this.items.slice(position - this.base, position - this.base + chunkMax)
        if (items.length === 0) {
          if (this.error !== null) return Effect.fail(Option.some(this.error))
          this.news.unsafeClose()
          return Effect.zipRight(this.news.await, pull)
        }
        position += items.length
        return Effect.succeed(Chunk.unsafeFromArray(items.filter(({ index }) => index >= from)))
      })
      return Stream.repeatEffectChunkOption(pull)
    })
  }
}

const sizeOf = (item: Committed): number => item._tag === "command" ? item.command.length + item.result.length + 32 : 32

const compacted = new RaftLogError({
  reason: "compacted",
  detail: "what comes next is not kept any more: read the state, and go on from its index"
})
