/** RabbitMQ's kinds of exchanges, queues and acknowledgements. */
import { type ChannelModel, connect, type ConsumeMessage } from "amqplib"
import { Effect } from "effect"
import type { Socket } from "node:net"
import { BenchError } from "../../src/programs/bench/NodeProcess.ts"
import { type Channel, decode, encode, type Mode } from "./Mode.ts"

export interface Kind {
  readonly exchange: "direct" | "topic" | "fanout"
  readonly queue: "classic" | "quorum" | "stream"
  readonly persistent: boolean
  /** Null: by itself. */
  readonly prefetch: number | null
}

export const kinds: ReadonlyArray<Kind> = [
  { exchange: "direct", queue: "classic", persistent: false, prefetch: null },
  { exchange: "topic", queue: "classic", persistent: false, prefetch: null },
  { exchange: "fanout", queue: "classic", persistent: false, prefetch: null },
  { exchange: "direct", queue: "classic", persistent: false, prefetch: 1 },
  { exchange: "direct", queue: "classic", persistent: false, prefetch: 100 },
  { exchange: "direct", queue: "classic", persistent: true, prefetch: 100 },
  { exchange: "direct", queue: "quorum", persistent: true, prefetch: 100 },
  { exchange: "direct", queue: "stream", persistent: true, prefetch: 100 }
]

export const nameOf = ({ exchange, persistent, prefetch, queue }: Kind): string =>
  `RabbitMQ ${exchange}, ${queue}, ${persistent ? "persistent" : "transient"}, `
  + (prefetch === null ? "auto ack" : `manual ack, prefetch ${prefetch}`)

const key = "bench.tick"

/** Ends a connection as the death of its process does. */
const destroy = (model: ChannelModel | null): void => {
  const { connection } = (model ?? {}) as { readonly connection?: { readonly stream: Socket } }
  connection?.stream.destroy()
}

class AmqpChannel implements Channel {
  private publisher: ChannelModel | null = null
  private consumer: ChannelModel | null = null
  private publish: (number: number) => Promise<void> = () => Promise.reject(new Error("not connected"))
  /** A stream is read from where the consumer before stopped. */
  private offset: number | null = null

  constructor(
    private readonly url: string,
    private readonly id: string,
    private readonly kind: Kind,
    private readonly receive: (number: number) => void
  ) {}

  readonly send = (number: number): Promise<void> => this.publish(number)

  readonly replaceConsumer = async (): Promise<void> => {
    destroy(this.consumer)
    await this.consume()
  }

  readonly reconnect = async (): Promise<void> => {
    this.close()
    await this.consume()
    await this.openPublisher()
  }

  readonly close = (): void => {
    destroy(this.publisher)
    destroy(this.consumer)
  }

  private async connected(): Promise<ChannelModel> {
    const model = await connect(this.url, { noDelay: true, timeout: 5_000 })
    return model.on("error", () => {})
  }

  private async openPublisher(): Promise<void> {
    const model = this.publisher = await this.connected()
    const { persistent } = this.kind
    if (!persistent) {
      const channel = (await model.createChannel()).on("error", () => {})
      this.publish = (number) => {
        if (channel.publish(this.id, key, encode(number))) return Promise.resolve()
        return new Promise((done) => channel.once("drain", done))
      }
      return
    }
    const channel = (await model.createConfirmChannel()).on("error", () => {})
    this.publish = (number) =>
      new Promise((done, failed) => {
        channel.publish(this.id, key, encode(number), { persistent }, (error) => {
          if (error === null || error === undefined) done()
          else failed(error as Error)
        })
      })
  }

  private async consume(): Promise<void> {
    const { exchange, persistent, prefetch, queue } = this.kind
    const model = this.consumer = await this.connected()
    const channel = (await model.createChannel()).on("error", () => {})
    await channel.assertExchange(this.id, exchange, { durable: persistent })
    await channel.assertQueue(this.id, { durable: persistent, arguments: { "x-queue-type": queue } })
    await channel.bindQueue(this.id, this.id, exchange === "topic" ? "bench.*" : key)
    if (prefetch !== null) await channel.prefetch(prefetch)
    const from = this.offset === null ? "first" : this.offset + 1
    await channel.consume(this.id, (message: ConsumeMessage | null) => {
      if (message === null) return
      this.receive(decode(message.content))
      const offset: unknown = message.properties.headers?.["x-stream-offset"]
      if (typeof offset === "number") this.offset = offset
      if (prefetch !== null) channel.ack(message)
    }, { noAck: prefetch === null, ...(queue === "stream" ? { arguments: { "x-stream-offset": from } } : {}) })
  }
}

export const modes = (url: string): ReadonlyArray<Mode> =>
  kinds.map((kind, i) => ({
    name: nameOf(kind),
    confirms: kind.persistent,
    open: (receive) =>
      Effect.acquireRelease(
        Effect.sync(() => new AmqpChannel(url, `bench-${i}`, kind, receive)),
        (channel) => Effect.sync(channel.close)
      ).pipe(
        Effect.tap((channel) =>
          Effect.tryPromise({
            try: channel.reconnect,
            catch: (error) => new BenchError({ detail: `${nameOf(kind)} cannot be had: ${String(error)}` })
          })
        )
      )
  }))
