/**
 * AMQP 0-9-1 (RabbitMQ) as a broker: a direct exchange that takes the subject as routing key, a queue per node that is
 * gone with its connection, nothing kept on disk, nothing acknowledged. What is for nobody is returned (`mandatory`).
 */
import { type Channel, type ChannelModel, type ConfirmChannel, connect, type Message } from "amqplib"
import { Effect, type Layer, Redacted } from "effect"
import { type Broker, BrokerError } from "../../services/Broker.ts"
import { type BrokerDriver, type DriverConnection, type DriverEvents, lost, refused } from "./BrokerDriver.ts"
import * as BrokerSession from "./BrokerSession.ts"
import type { BrokerUrl } from "./BrokerUrl.ts"

export const exchange = "hostless"
/** How long a connection may take to be made, in milliseconds, and how often it is probed, in seconds. */
const patienceMs = 3_000
const heartbeatSeconds = 5
/** What a node that reads nothing may leave at the broker: the oldest goes first, and whatever is so old is stale. */
const queueArguments = { "x-max-length-bytes": 16 * 1024 * 1024, "x-message-ttl": 2_000 }
/** What asks whether there is a subscriber: nothing that a socket takes. */
const question = Buffer.alloc(0)

/** No text of the library is passed on that may quote what it was given. */
const errorOf = (name: string, user: string, error: unknown): BrokerError => {
  const { code, message = "" } = (error ?? {}) as { readonly code?: unknown; readonly message?: string }
  if (/ACCESS.REFUSED/.test(message) && code !== 403 && !/access to/.test(message)) {
    return refused(name)
  }
  if (code === 403 || /ACCESS.REFUSED|NOT.ALLOWED|Expected ConnectionOpenOk/i.test(message)) {
    return new BrokerError({
      reason: "forbidden",
      detail: `The broker ${name} does not let the user ${user} do what a node needs: it must be allowed to configure, `
        + `write to and read from ${exchange} and queues named amq.gen-*, in the virtual host of the address.`
    })
  }
  if (code === 406) {
    return new BrokerError({
      reason: "forbidden",
      detail: `The broker ${name} has another exchange named ${exchange}. Use another virtual host, or delete it.`
    })
  }
  return new BrokerError({ reason: "unreachable", detail: `No AMQP broker answers at ${name}.` })
}

class AmqpDriverConnection implements DriverConnection {
  /** The socket, or the broker, takes no more: what is sent now is lost. */
  private isFull = false
  private isBlocked = false
  private readonly questions = new Map<string, () => void>()
  private asked = 0

  constructor(
    private readonly name: string,
    model: ChannelModel,
    private readonly channel: Channel,
    private readonly asking: ConfirmChannel,
    private readonly queue: string,
    private readonly events: DriverEvents
  ) {
    channel.on("drain", () => this.isFull = false)
    channel.on("return", ({ fields, properties }: Message) => {
      events.undelivered(String(properties.replyTo ?? ""), fields.routingKey)
    })
    asking.on("return", ({ properties }: Message) => this.questions.get(String(properties.messageId))?.())
    model.on("blocked", () => this.isBlocked = true)
    model.on("unblocked", () => this.isBlocked = false)
  }

  readonly publish = (to: string, datagram: Uint8Array, from: string): void => {
    if (this.isFull || this.isBlocked) return
    try {
      const content = Buffer.from(datagram.buffer, datagram.byteOffset, datagram.length)
      this.isFull = !this.channel.publish(exchange, to, content, { mandatory: true, replyTo: from })
    } catch {
      // It is closing, and tells so.
    }
  }

  readonly subscribe = (subject: string): Effect.Effect<void, BrokerError> =>
    Effect.asVoid(this.ask(() => this.channel.bindQueue(this.queue, exchange, subject)))

  readonly unsubscribe = (subject: string): void => {
    try {
      this.channel.unbindQueue(this.queue, exchange, subject).catch(() => {})
    } catch {
      // The connection is over, and the queue with it.
    }
  }

  readonly isTaken = (subject: string): Effect.Effect<boolean, BrokerError> =>
    this.ask(() =>
      new Promise<boolean>((resolve, reject) => {
        const id = String(++this.asked)
        let taken = true
        this.questions.set(id, () => taken = false)
        // A return comes before the confirm.
        this.asking.publish(exchange, subject, question, { mandatory: true, messageId: id }, (error) => {
          this.questions.delete(id)
          if (error === null || error === undefined) resolve(taken)
          else reject(error as Error)
        })
      })
    )

  readonly take = (message: Message | null): void => {
    if (message === null) return this.events.lost(lost(`${this.name} has dropped this node's queue.`))
    const { content, fields, properties } = message
    if (content.length > 0) this.events.receive(fields.routingKey, content, String(properties.replyTo ?? ""))
  }

  private ask<A>(run: () => Promise<A>): Effect.Effect<A, BrokerError> {
    return Effect.tryPromise({ try: run, catch: () => lost(`${this.name} closed the connection.`) })
  }
}

/** Everything of a connection, and its end told. */
const open = (url: BrokerUrl, events: DriverEvents) => async (model: ChannelModel): Promise<AmqpDriverConnection> => {
  const user = url.user ?? "guest"
  const failed = (error: unknown): void => {
    const known = errorOf(url.name, user, error)
    events.lost(known.reason === "unreachable" ? lost(`${url.name} closed the connection.`) : known)
  }
  model.on("error", failed).on("close", failed)
  const channel = await model.createChannel()
  const asking = await model.createConfirmChannel()
  for (const one of [channel, asking]) one.on("error", failed).on("close", () => failed(null))
  await channel.assertExchange(exchange, "direct", { durable: false })
  const { queue } = await channel.assertQueue("", { exclusive: true, durable: false, arguments: queueArguments })
  const connection = new AmqpDriverConnection(url.name, model, channel, asking, queue, events)
  await channel.consume(queue, connection.take, { noAck: true })
  return connection
}

/** What was published is written with the turns of the event loop, and a close would overtake it. */
const said = async (): Promise<void> => {
  for (let turn = 0; turn < 4; turn++) await new Promise<void>((done) => void setImmediate(done))
}

/** What there is to do for AMQP. */
export const driver = (url: BrokerUrl): BrokerDriver => ({
  name: url.name,
  connect: (events) =>
    Effect.gen(function*() {
      const failed = (error: unknown) => errorOf(url.name, url.user ?? "guest", error)
      const model = yield* Effect.acquireRelease(
        Effect.tryPromise({
          try: () =>
            connect({
              protocol: "amqp",
              hostname: url.host,
              port: url.port,
              username: url.user ?? "guest",
              password: url.password === null ? "guest" : Redacted.value(url.password),
              vhost: url.vhost,
              heartbeat: heartbeatSeconds
            }, { noDelay: true, timeout: patienceMs, clientProperties: { product: "hostless" } }),
          catch: failed
        }),
        (model) => Effect.ignore(Effect.timeoutOption(Effect.tryPromise(() => said().then(() => model.close())), 500))
      )
      return yield* Effect.tryPromise({ try: () => open(url, events)(model), catch: failed })
    })
})

/** An AMQP broker at an address; BrokerError where it refuses this node. Waits for one that is not there yet. */
export const layer = (url: BrokerUrl): Layer.Layer<Broker, BrokerError> => BrokerSession.layer(driver(url))
