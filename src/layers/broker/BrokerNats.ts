/** NATS as a broker: core NATS, at most once; who sends to nobody is told so by the server. */
import { connect, errors, type Msg, type NatsConnection, type Subscription } from "@nats-io/transport-node"
import { Effect, type Layer, Redacted } from "effect"
import { type Broker, BrokerError } from "../../services/Broker.ts"
import { type BrokerDriver, type DriverConnection, type DriverEvents, lost, refused } from "./BrokerDriver.ts"
import * as BrokerSession from "./BrokerSession.ts"
import type { BrokerUrl } from "./BrokerUrl.ts"

/** How long a connection, or an answer of the server, may take, in milliseconds. */
const patienceMs = 2_000
/** What asks whether there is a subscriber: nothing that a socket takes. */
const question = new Uint8Array(0)

/** No text of the library is passed on that may quote what it was given. */
const errorOf = (name: string, error: unknown): BrokerError => {
  if (error instanceof BrokerError) return error
  if (error instanceof errors.AuthorizationError || error instanceof errors.UserAuthenticationExpiredError) {
    return refused(name)
  }
  if (error instanceof errors.PermissionViolationError) {
    return new BrokerError({
      reason: "forbidden",
      detail: `The broker ${name} does not let this user ${error.operation} ${error.subject}. `
        + "Allow it to publish and subscribe to hostless.>."
    })
  }
  return new BrokerError({ reason: "unreachable", detail: `No NATS server answers at ${name}.` })
}

const isNobody = ({ data, headers }: Msg): boolean => data.length === 0 && headers?.code === 503

class NatsDriverConnection implements DriverConnection {
  private readonly subscriptions = new Map<string, Subscription>()

  constructor(
    private readonly name: string,
    private readonly nats: NatsConnection,
    private readonly events: DriverEvents
  ) {}

  readonly publish = (to: string, datagram: Uint8Array, from: string): void => {
    if (!this.nats.isClosed()) this.nats.publish(to, datagram, { reply: from })
  }

  readonly subscribe = (subject: string): Effect.Effect<void, BrokerError> =>
    Effect.suspend(() => {
      // Whoever subscribed while the connection was made anew.
      if (this.subscriptions.has(subject)) return this.ask(() => this.nats.flush())
      let refusal: Error | null = null
      const subscription = this.nats.subscribe(subject, {
        callback: (error, message) => {
          if (error !== null) refusal = error
          else this.take(subject, message)
        }
      })
      this.subscriptions.set(subject, subscription)
      // The server's refusal, if any, comes before its answer to this.
      return Effect.flatMap(this.ask(() => this.nats.flush()), () =>
        refusal === null ? Effect.void : Effect.fail(errorOf(this.name, refusal)))
    })

  readonly unsubscribe = (subject: string): void => {
    this.subscriptions.get(subject)?.unsubscribe()
    this.subscriptions.delete(subject)
  }

  readonly isTaken = (subject: string): Effect.Effect<boolean, BrokerError> =>
    this.ask(() =>
      this.nats.request(subject, question, { timeout: patienceMs }).then(() => true, (error: unknown) => {
        if (error instanceof errors.NoRespondersError || isNoResponders(error)) return false
        throw error
      })
    )

  private take(subject: string, message: Msg): void {
    if (isNobody(message)) this.events.undelivered(subject, null)
    else if (message.data.length === 0) message.respond(question)
    else if (message.reply !== undefined) this.events.receive(subject, message.data, message.reply)
  }

  private ask<A>(run: () => Promise<A>): Effect.Effect<A, BrokerError> {
    return Effect.tryPromise({
      try: run,
      catch: (error) => {
        const told = errorOf(this.name, error)
        return told.reason === "unreachable" ? lost(`${this.name} went away.`) : told
      }
    })
  }
}

const isNoResponders = (error: unknown): boolean => error instanceof errors.RequestError && error.isNoResponders()

/** What there is to do for NATS. */
export const driver = (url: BrokerUrl): BrokerDriver => ({
  name: url.name,
  connect: (events) =>
    Effect.gen(function*() {
      const nats = yield* Effect.acquireRelease(
        Effect.tryPromise({
          try: () =>
            connect({
              servers: `${url.host.includes(":") ? `[${url.host}]` : url.host}:${url.port}`,
              name: "hostless",
              reconnect: false,
              timeout: patienceMs,
              ...(url.user === null ? {} : { user: url.user }),
              ...(url.password === null ? {} : { pass: Redacted.value(url.password) })
            }),
          catch: (error) => errorOf(url.name, error)
        }),
        (nats) => Effect.promise(() => nats.close().catch(() => {}))
      )
      const over = (error: unknown) => {
        const known = errorOf(url.name, error)
        events.lost(known.reason === "refused" ? known : lost(`${url.name} closed the connection.`))
      }
      nats.closed().then(over, over)
      return new NatsDriverConnection(url.name, nats, events)
    })
})

/** NATS at an address; BrokerError where it refuses this node. Waits for one that is not there yet. */
export const layer = (url: BrokerUrl): Layer.Layer<Broker, BrokerError> => BrokerSession.layer(driver(url))
