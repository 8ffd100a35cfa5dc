/**
 * `Broker` and `Medium` over any driver: connects, and connects anew; makes subscriptions again; tells whether the broker
 * is there.
 *
 * It is there while it gives back what this node sends to itself. When it is back, nodes return one after the other:
 * until they have had the time to, nobody is suspected, and a subject without a subscriber means nothing.
 */
import { Context, Deferred, Duration, Effect, FiberSet, Layer, Ref, Schedule, type Scope } from "effect"
import { randomUUID } from "node:crypto"
import { Broker, type BrokerError, type BrokerService, type SubjectTaker } from "../../services/Broker.ts"
import { Medium, type MediumService } from "../../services/Medium.ts"
import { type BrokerDriver, type DriverConnection, type DriverEvents, lost } from "./BrokerDriver.ts"
import { HeldTimers } from "./HeldTimers.ts"

/** How often this node sends to itself, and how many of those in a row may not come back. */
const echoEveryMs = 30
const unechoedMax = 5
/** After so many the connection is taken for dead, and made anew. */
const unechoedDead = 100
/** How long the others have to come back, too, in milliseconds: after a lost connection, and after mere silence. */
export const settleMs = 600
const silenceSettleMs = 60
/** While it is silent, so many datagrams go all the same: others may hear what this node does not. */
const silentMax = 64
/** The pauses between two attempts to connect, in milliseconds; long ones where the broker answers but refuses. */
const retryMs = 100
const refusedRetryMs = 2_000

const echo = Uint8Array.of(0)

/** Everything of it but connecting. Synchronous. */
class Session {
  connection: DriverConnection | null = null
  readonly subscriptions = new Map<string, { readonly taker: SubjectTaker }>()
  readonly timers = new HeldTimers()
  readonly latch = Effect.unsafeMakeLatch(false)
  readonly ownSubject = `hostless.echo.${randomUUID()}`
  private readonly returns = new Set<() => void>()
  private state: "away" | "settling" | "there" = "away"
  private wasThere = false
  private unechoed = 0
  private turn = 0
  private sentInSilence = 0
  private hasLost = false

  constructor(readonly name: string, private readonly log: (effect: Effect.Effect<void>) => void) {}

  get isAway(): boolean {
    return this.state !== "there"
  }

  readonly events = (lost: (error: BrokerError) => void): DriverEvents => ({
    receive: (subject, datagram, from) => {
      if (subject === this.ownSubject) this.echoed()
      else this.subscriptions.get(subject)?.taker.receive(datagram, from)
    },
    undelivered: (from, to) => {
      if (this.state === "there") this.subscriptions.get(from)?.taker.undelivered(to)
    },
    lost
  })

  publish(to: string, datagram: Uint8Array, from: string): void {
    if (this.state === "away" && ++this.sentInSilence > silentMax) return
    this.connection?.publish(to, datagram, from)
  }

  /** The connection stands, and all subscriptions with it. */
  connected(connection: DriverConnection): void {
    this.connection = connection
    this.unechoed = 0
    this.come()
  }

  disconnected(detail: string): void {
    this.connection = null
    this.hasLost = true
    this.go(detail)
  }

  /** Sends to itself. True: the connection is of no use any more. */
  beat(): boolean {
    if (this.connection === null) return false
    this.unechoed += 1
    this.connection.publish(this.ownSubject, echo, this.ownSubject)
    if (this.unechoed === unechoedMax + 1) this.go("it gives nothing back")
    return this.unechoed > unechoedDead
  }

  onReturn(run: () => void): () => void {
    this.returns.add(run)
    return () => this.returns.delete(run)
  }

  private echoed(): void {
    this.unechoed = 0
    if (this.state === "away" && this.connection !== null) this.come()
  }

  private come(): void {
    if (this.state !== "away") return
    const turn = ++this.turn
    this.state = "settling"
    this.timers.release()
    for (const run of Array.from(this.returns)) run()
    if (!this.wasThere) return this.settle(turn)
    this.log(Effect.logWarning("the broker is back", { broker: this.name }))
    this.timers.after(this.hasLost ? settleMs : silenceSettleMs, () => this.settle(turn))
  }

  private settle(turn: number): void {
    if (turn !== this.turn || this.state !== "settling") return
    this.state = "there"
    this.wasThere = true
    this.hasLost = false
    this.latch.unsafeOpen()
  }

  private go(detail: string): void {
    if (this.state === "away") return
    this.turn += 1
    this.state = "away"
    this.sentInSilence = 0
    this.latch.unsafeClose()
    this.timers.hold()
    this.log(Effect.logWarning("the broker is away: everybody waits for it", { broker: this.name, detail }))
  }
}

const isFinal = ({ reason }: BrokerError): boolean => reason === "refused" || reason === "forbidden"

/** One connection, from its beginning to its end. */
const once = (driver: BrokerDriver, session: Session, stands: Effect.Effect<void>) =>
  Effect.scoped(Effect.gen(function*() {
    const over = yield* Deferred.make<never, BrokerError>()
    let isOver = false
    yield* Effect.addFinalizer(() => Effect.sync(() => isOver = true))
    const events = session.events((error) => {
      // It says so once, and not when the next one stands.
      if (isOver) return
      isOver = true
      // At once: what waits for a connection that stands must not go on with this one while it closes.
      session.disconnected(error.detail)
      Deferred.unsafeDone(over, Effect.fail(error))
    })
    const connection = yield* driver.connect(events)
    yield* connection.subscribe(session.ownSubject)
    yield* Effect.forEach(session.subscriptions.keys(), (subject) => connection.subscribe(subject), {
      concurrency: "unbounded",
      discard: true
    })
    session.connected(connection)
    yield* stands
    const beats = Effect.gen(function*() {
      while (!session.beat()) yield* Effect.sleep(Duration.millis(echoEveryMs))
      return yield* lost("it gives nothing back")
    })
    yield* Effect.raceFirst(Deferred.await(over), beats)
  })).pipe(
    Effect.tapError((error) => Effect.sync(() => session.disconnected(error.detail)))
  )

/** Connects on and on. The first connection's refusal is told to `first`, and ends it. */
const keepConnected = Effect.fnUntraced(function*(
  driver: BrokerDriver,
  session: Session,
  first: Deferred.Deferred<void, BrokerError>
) {
  const told = yield* Ref.make("")
  const stands = Effect.asVoid(Effect.zipRight(Ref.set(told, ""), Deferred.succeed(first, undefined)))
  while (true) {
    const error = yield* Effect.flip(once(driver, session, stands))
    if (isFinal(error) && (yield* Deferred.fail(first, error))) return
    if ((yield* Ref.getAndSet(told, error.detail)) !== error.detail && error.reason !== "lost") {
      yield* Effect.logWarning(`waiting for the broker: ${error.detail}`, { broker: driver.name })
    }
    yield* Effect.sleep(Duration.millis(isFinal(error) ? refusedRetryMs : retryMs))
  }
})

const serviceOf = (session: Session): BrokerService => {
  /** On the connection that stands; again on the next where it ends meanwhile. */
  const onConnection = <A>(ask: (connection: DriverConnection) => Effect.Effect<A, BrokerError>) => {
    const attempt: Effect.Effect<A, BrokerError> = Effect.zipRight(
      session.latch.await,
      Effect.suspend(() =>
        session.connection === null ? Effect.fail(lost(`${session.name} went away.`)) : ask(session.connection)
      )
    )
    // Without a pause it would never let this process hear that the connection is over.
    return Effect.retry(attempt, { while: ({ reason }) => reason === "lost", schedule: Schedule.spaced(retryMs) })
  }
  return {
    name: session.name,
    publish: (to, datagram, from) => session.publish(to, datagram, from),
    subscribe: (subject, taker) => {
      const subscription = { taker }
      const end = (): void => {
        if (session.subscriptions.get(subject) !== subscription) return
        session.subscriptions.delete(subject)
        session.connection?.unsubscribe(subject)
      }
      return Effect.sync(() => session.subscriptions.set(subject, subscription)).pipe(
        Effect.zipRight(onConnection((connection) => connection.subscribe(subject))),
        Effect.as(end),
        Effect.onError(() => Effect.sync(end))
      )
    },
    isTaken: (subject) => onConnection((connection) => connection.isTaken(subject)),
    nowMs: () => session.timers.nowMs(),
    after: (ms, run) => session.timers.after(ms, run),
    onReturn: (run) => session.onReturn(run)
  }
}

/** A session for as long as the scope is open; it stands when this returns. BrokerError where it is refused at first. */
export const make = Effect.fnUntraced(function*(
  driver: BrokerDriver
): Effect.fn.Return<{ readonly broker: BrokerService; readonly medium: MediumService }, BrokerError, Scope.Scope> {
  const run = yield* FiberSet.makeRuntime<never>()
  const session = new Session(driver.name, (effect) => run(effect))
  yield* Effect.addFinalizer(() => Effect.sync(() => session.timers.close()))
  const first = yield* Deferred.make<void, BrokerError>()
  yield* Effect.forkScoped(keepConnected(driver, session, first))
  yield* Deferred.await(first)
  const away = (): string | null => session.isAway ? driver.name : null
  return { broker: serviceOf(session), medium: { away, there: session.latch.await } }
})

/** The broker of a driver, and whether it is there. */
export const layer = (driver: BrokerDriver): Layer.Layer<Broker, BrokerError> =>
  Layer.scopedContext(
    Effect.map(make(driver), ({ broker, medium }) => Context.make(Broker, broker).pipe(Context.add(Medium, medium)))
  )
