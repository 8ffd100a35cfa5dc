/** Core NATS and JetStream, by the server's own protocol. */
import { connect, type Msg, type NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { BenchError } from "../../src/programs/bench/NodeProcess.ts"
import { type Channel, decode, encode, type Mode } from "./Mode.ts"

const stream = "BENCH"
const acknowledged = new TextEncoder().encode("+ACK")
const asJson = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
/** How long a message may go without its acknowledgement until it is sent again, in nanoseconds. */
const ackWaitNanos = 1_000_000_000

class NatsChannel implements Channel {
  private publisher: NatsConnection | null = null
  private consumer: NatsConnection | null = null

  constructor(
    private readonly servers: string,
    private readonly isKept: boolean,
    private readonly receive: (number: number) => void
  ) {}

  private get subject(): string {
    return this.isKept ? "kept.tick" : "bench.tick"
  }

  readonly send = async (number: number): Promise<void> => {
    const { publisher } = this
    if (publisher === null || publisher.isClosed()) throw new Error("not connected")
    if (this.isKept) await publisher.request(this.subject, encode(number), { timeout: 2_000 })
    else publisher.publish(this.subject, encode(number))
  }

  readonly replaceConsumer = async (): Promise<void> => {
    await this.consumer?.close()
    await this.consume()
  }

  readonly reconnect = async (): Promise<void> => {
    await this.close()
    this.publisher = await this.connected()
    if (this.isKept) await this.ask("STREAM.CREATE", stream, { name: stream, subjects: ["kept.>"], storage: "file" })
    await this.consume()
  }

  readonly close = async (): Promise<void> => {
    await this.publisher?.close().catch(() => {})
    await this.consumer?.close().catch(() => {})
  }

  private connected(): Promise<NatsConnection> {
    return connect({ servers: this.servers, reconnect: false, timeout: 5_000 })
  }

  private async ask(what: string, name: string, request: unknown): Promise<void> {
    await this.publisher!.request(`$JS.API.${what}.${name}`, asJson(request), { timeout: 5_000 })
  }

  private async consume(): Promise<void> {
    const consumer = this.consumer = await this.connected()
    const take = (_: Error | null, message: Msg): void => {
      if (message.data.length < 4) return
      this.receive(decode(message.data))
      if (this.isKept) message.respond(acknowledged)
    }
    consumer.subscribe(this.isKept ? "deliver.bench" : this.subject, { callback: take })
    await consumer.flush()
    if (!this.isKept) return
    await this.ask("CONSUMER.DURABLE.CREATE", `${stream}.one`, {
      stream_name: stream,
      config: {
        durable_name: "one",
        deliver_subject: "deliver.bench",
        ack_policy: "explicit",
        ack_wait: ackWaitNanos,
        max_ack_pending: 10_000
      }
    })
  }
}

/** `servers`: `HOST:PORT`. */
export const modes = (servers: string): ReadonlyArray<Mode> =>
  [false, true].map((isKept): Mode => ({
    name: isKept ? "NATS JetStream, on disk, explicit ack" : "NATS core",
    confirms: isKept,
    open: (receive) =>
      Effect.acquireRelease(
        Effect.sync(() => new NatsChannel(servers, isKept, receive)),
        (channel) => Effect.promise(channel.close)
      ).pipe(
        Effect.tap((channel) =>
          Effect.tryPromise({
            try: channel.reconnect,
            catch: (error) => new BenchError({ detail: `NATS cannot be had: ${String(error)}` })
          })
        )
      )
  }))
