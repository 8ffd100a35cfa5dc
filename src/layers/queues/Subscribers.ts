/** From plain callbacks to any number of streams and watchers, each with a bounded queue of its own. */
import { Cause, Effect, Exit, Mailbox, type Scope, Stream } from "effect"

export class Subscribers<A> {
  private readonly mailboxes = new Set<Mailbox.Mailbox<A>>()
  private ended = false

  /**
   * `capacity`: the most items that wait for one subscriber. One that lags further misses the oldest (`sliding`), or
   * dies, where none may be missing (`dying`).
   */
  constructor(private readonly capacity: number, private readonly lag: "sliding" | "dying") {}

  get isEmpty(): boolean {
    return this.mailboxes.size === 0
  }

  publish(item: A): void {
    for (const mailbox of this.mailboxes) {
      if (mailbox.unsafeOffer(item) || this.lag === "sliding") continue
      this.mailboxes.delete(mailbox)
      mailbox.unsafeDone(Exit.die(new Cause.ExceededCapacityException("a subscriber does not take what it is told")))
    }
  }

  /** A stream of what is published from its start on, after what `first` gives at that moment. */
  stream(first: () => Iterable<A>): Stream.Stream<A> {
    return Stream.unwrapScoped(Effect.map(this.subscribe(first), Mailbox.toStream))
  }

  /** Runs the observer on what `stream` would give, in a fiber that ends with the scope. */
  watch(
    first: () => Iterable<A>,
    observer: (item: A) => Effect.Effect<unknown>
  ): Effect.Effect<void, never, Scope.Scope> {
    return Effect.gen(this, function*() {
      const mailbox = yield* this.subscribe(first)
      yield* Effect.forkScoped(Effect.gen(function*() {
        while (true) {
          const [items, done] = yield* mailbox.takeAll
          for (const item of items) yield* observer(item)
          if (done) return
        }
      }))
    })
  }

  private subscribe(first: () => Iterable<A>): Effect.Effect<Mailbox.Mailbox<A>, never, Scope.Scope> {
    return Effect.gen(this, function*() {
      const strategy = this.lag === "sliding" ? "sliding" : "dropping"
      const mailbox = yield* Mailbox.make<A>({ capacity: this.capacity, strategy })
      return yield* Effect.acquireRelease(
        Effect.sync(() => {
          for (const item of first()) mailbox.unsafeOffer(item)
          if (this.ended) mailbox.unsafeDone(Exit.void)
          else this.mailboxes.add(mailbox)
          return mailbox
        }),
        () => Effect.sync(() => this.mailboxes.delete(mailbox))
      )
    })
  }

  /** Ends all streams, after what they have yet to take. */
  end(): void {
    this.ended = true
    for (const mailbox of this.mailboxes) mailbox.unsafeDone(Exit.void)
    this.mailboxes.clear()
  }
}
