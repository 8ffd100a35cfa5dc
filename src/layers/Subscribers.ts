/** From plain callbacks to any number of streams, each with a bounded queue of its own. */
import { Cause, Effect, Exit, Mailbox, Stream } from "effect"

export class Subscribers<A> {
  private readonly mailboxes = new Set<Mailbox.Mailbox<A>>()
  private ended = false

  /**
   * `capacity`: the most items that wait for one subscriber. One that lags further misses the oldest (`sliding`), or
   * dies, where none may be missing (`dying`).
   */
  constructor(private readonly capacity: number, private readonly lag: "sliding" | "dying") {}

  publish(item: A): void {
    for (const mailbox of this.mailboxes) {
      if (mailbox.unsafeOffer(item) || this.lag === "sliding") continue
      this.mailboxes.delete(mailbox)
      mailbox.unsafeDone(Exit.die(new Cause.ExceededCapacityException("a subscriber does not take what it is told")))
    }
  }

  /** A stream of what is published from its start on, after what `first` gives at that moment. */
  stream(first: () => Iterable<A>): Stream.Stream<A> {
    return Stream.unwrapScoped(Effect.gen(this, function*() {
      const strategy = this.lag === "sliding" ? "sliding" : "dropping"
      const mailbox = yield* Mailbox.make<A>({ capacity: this.capacity, strategy })
      yield* Effect.acquireRelease(
        Effect.sync(() => {
          for (const item of first()) mailbox.unsafeOffer(item)
          if (this.ended) mailbox.unsafeDone(Exit.void)
          else this.mailboxes.add(mailbox)
        }),
        () => Effect.sync(() => this.mailboxes.delete(mailbox))
      )
      return Mailbox.toStream(mailbox)
    }))
  }

  /** Ends all streams, after what they have yet to take. */
  end(): void {
    this.ended = true
    for (const mailbox of this.mailboxes) mailbox.unsafeDone(Exit.void)
    this.mailboxes.clear()
  }
}
