/** Carries out what the relay's fold wants done, and tells it what happens to connections and how late it is. */
import { randomUUID } from "node:crypto"
import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks"
import type { Client } from "../../core/eventrelay/Channel.ts"
import type { Hub } from "../../core/eventrelay/Hub.ts"
import type { Output } from "../../core/eventrelay/Output.ts"
import { ClientId, type Reason } from "../../protocol/EventRelay.ts"
import type { EventRelayStanding } from "../../services/EventRelay.ts"
import { Connection, type ConnectionLimits, type ConnectionOwner } from "./Connection.ts"
import type { Wire, WireEnd } from "./RelayWire.ts"

export interface SwitchboardOptions {
  readonly hub: Hub
  readonly limits: ConnectionLimits
  readonly waitingBytesMax: number
  /** Milliseconds since 1970. */
  readonly wallClock: () => number
  readonly log: (level: "Info" | "Warning" | "Debug", text: string, notes: Readonly<Record<string, unknown>>) => void
}

/** Turns are looked for so often, and rates set anew so often. */
const tickMs = 10
const adaptEveryMs = 250
/** What is sent without a kind is slowed down to this share of its allowance at most. */
const shareMin = 0.25
/** One connection's refusals fill no log: of each reason so many a minute are told. */
const logsPerMinuteMax = 60

export class Switchboard implements ConnectionOwner {
  private readonly connections = new Map<Client, Connection>()
  private readonly due: Array<Connection> = []
  private readonly delay: IntervalHistogram
  private readonly ticking: NodeJS.Timeout
  private readonly refused: Record<string, number> = {}
  private logged: Record<string, number> = {}
  private events = 0
  private deliveries = 0
  private conflated = 0
  private adaptedAtMs = 0
  private loggedSinceMs = 0
  private lastMs = 0
  private closed = false

  constructor(private readonly options: SwitchboardOptions) {
    this.delay = monitorEventLoopDelay({ resolution: tickMs })
    this.delay.enable()
    this.adaptedAtMs = this.now()
    this.ticking = setInterval(() => this.tick(), tickMs)
  }

  /** The relay's clock never goes back, whatever the machine's does. */
  readonly now = (): number => {
    this.lastMs = Math.max(this.lastMs, this.options.wallClock())
    return this.lastMs
  }

  readonly opened = (wire: (end: WireEnd) => Wire): void => {
    const { client, outputs } = this.options.hub.arrive(ClientId.make(randomUUID()), this.now())
    let over = false
    const standing = wire({
      received: (chunk) => connection.received(chunk),
      binary: () => this.refuse(connection, "no text", "Messages are text."),
      heard: () => this.options.hub.heard(client, this.now()),
      drained: () => connection.drained(),
      closed: (reason, detail) => {
        if (over) return
        over = true
        this.do(this.options.hub.gone(client, reason, detail, this.now()))
        connection.forget()
      }
    })
    const connection = new Connection(client, standing, this, this.options.limits)
    this.connections.set(client, connection)
    this.options.log("Debug", "a connection came", { client: client.id, remote: standing.remote })
    this.do(outputs)
    if (this.closed) this.over(connection, "closing", "The relay is being closed.")
  }

  readonly turnedAway = (remote: string, reason: Reason, detail: string): void => {
    this.count(reason, detail, { remote })
  }

  readonly line = (connection: Connection, line: string): void => {
    this.do(this.options.hub.line(connection.client, line, this.now()))
  }

  readonly refuse = (connection: Connection, reason: Reason, detail: string): void => {
    this.do(this.options.hub.refuse(connection.client, reason, detail, this.now()))
  }

  readonly over = (connection: Connection, reason: Reason, detail: string): void => {
    this.do(this.options.hub.gone(connection.client, reason, detail, this.now()))
  }

  readonly soon = (connection: Connection): void => {
    if (this.due.push(connection) === 1) setImmediate(this.flush)
  }

  readonly share = (client: Client): number =>
    client.channel === null
      ? 1
      : Math.max(shareMin, client.channel.perSecond / this.options.hub.limits.perSecondMax)

  standing(): EventRelayStanding {
    return {
      clients: this.options.hub.clients.size,
      channels: Array.from(this.options.hub.channels.values(), ({ clients, name, perSecond }) => ({
        name,
        clients: clients.size,
        perSecond
      })),
      events: this.events,
      deliveries: this.deliveries,
      conflated: this.conflated + this.sum(({ conflated }) => conflated),
      refused: { ...this.refused },
      waitingBytes: this.sum(({ bytes }) => bytes)
    }
  }

  close(): void {
    this.closed = true
    clearInterval(this.ticking)
    this.delay.disable()
    for (const connection of Array.from(this.connections.values())) {
      this.over(connection, "closing", "The relay is being closed.")
    }
  }

  private sum(of: (outbox: Connection["outbox"]) => number): number {
    let sum = 0
    for (const { outbox } of this.connections.values()) sum += of(outbox)
    return sum
  }

  private readonly flush = (): void => {
    for (const connection of this.due.splice(0)) connection.flush()
  }

  private tick(): void {
    const nowMs = this.now()
    const adapts = nowMs - this.adaptedAtMs >= adaptEveryMs
    this.do(this.options.hub.tick(nowMs, adapts))
    if (!adapts) return
    this.adaptedAtMs = nowMs
    const lagMs = Math.max(0, this.delay.percentile(90) / 1e6 - tickMs)
    this.delay.reset()
    this.do(this.options.hub.adapt(lagMs, (client) => this.wasBehind(client), nowMs))
    for (const connection of Array.from(this.connections.values())) connection.check(nowMs)
    this.boundAll()
    if (nowMs - this.loggedSinceMs >= 60_000) {
      this.loggedSinceMs = nowMs
      this.logged = {}
    }
  }

  private wasBehind(client: Client): boolean {
    const connection = this.connections.get(client)
    const was = connection?.wasBehind ?? false
    if (connection !== undefined) connection.wasBehind = false
    return was
  }

  /** What waits for all together is bounded too: who is farthest behind goes first. */
  private boundAll(): void {
    let waiting = this.sum(({ bytes }) => bytes)
    if (waiting <= this.options.waitingBytesMax) return
    const behind = Array.from(this.connections.values()).sort((a, b) => b.outbox.bytes - a.outbox.bytes)
    for (const connection of behind) {
      if (waiting <= this.options.waitingBytesMax) return
      waiting -= connection.outbox.bytes
      this.over(connection, "slow", "Too much waits for all readers together, and most for this one.")
    }
  }

  private do(outputs: ReadonlyArray<Output>): void {
    for (const output of outputs) {
      if (output._tag === "tell") this.tell(output)
      else if (output._tag === "cast") this.cast(output)
      else if (output._tag === "end") this.end(output)
      else this.count(output.reason, output.detail, this.notes(output.client))
    }
  }

  private tell({ key, line, to }: Output & { readonly _tag: "tell" }): void {
    const connection = this.connections.get(to)
    // A WebSocket is asked by its own ping, which a browser answers by itself.
    if (key === "ping" && connection !== undefined && connection.wire.ask !== null) connection.wire.ask()
    else connection?.post(key, Buffer.from(`${line}\n`))
  }

  private cast({ channel, except, key, toMembers, toPlain }: Output & { readonly _tag: "cast" }): void {
    const members = Buffer.from(`${toMembers}\n`)
    let plain: Buffer | null = null
    // One that is too slow is ended in passing, and then no longer there.
    for (const client of channel.clients) {
      if (client === except) continue
      const connection = this.connections.get(client)
      if (client.stage === "member") connection?.post(key, members)
      else if (toPlain !== null) connection?.post(key, plain ??= Buffer.from(`${toPlain}\n`))
      else continue
      this.deliveries++
    }
    if (toPlain !== null) this.events++
  }

  private end({ client, detail, reason }: Output & { readonly _tag: "end" }): void {
    const connection = this.connections.get(client)
    if (connection === undefined) return
    this.conflated += connection.outbox.conflated
    const notes = this.notes(client)
    if (reason === "closed" || reason === "reset" || reason === "closing") {
      this.options.log("Debug", "a connection ended", { ...notes, reason, detail })
    } else this.count(reason, detail, notes)
    this.connections.delete(client)
    connection.end()
    setTimeout(() => connection.wire.destroy(), 1_000).unref()
  }

  private notes(client: Client): Readonly<Record<string, unknown>> {
    return { client: client.id, name: client.name, remote: this.connections.get(client)?.wire.remote }
  }

  private count(reason: Reason, detail: string, notes: Readonly<Record<string, unknown>>): void {
    this.refused[reason] = (this.refused[reason] ?? 0) + 1
    this.logged[reason] = (this.logged[reason] ?? 0) + 1
    if (this.logged[reason]! <= logsPerMinuteMax) {
      this.options.log("Warning", "refused", { reason, detail, ...notes })
    }
  }
}
