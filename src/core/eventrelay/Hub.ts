/**
 * The event relay's clients and channels, folded from what happens to connections: who is there, who gets what, and who is
 * refused why. No clock and no I/O: times come in (milliseconds), what is to be done comes out.
 *
 * Bounded are clients of a channel, channels, listeners that never said anything, a sender's kinds, and refused lines.
 */
import {
  type ClientId,
  decodeFromMember,
  decodeHello,
  defaultChannel,
  type FromMember,
  isHello,
  kindsMax,
  parse,
  type Reason
} from "../../protocol/EventRelay.ts"
import { Channel, type Client } from "./Channel.ts"
import { KindGate } from "./KindGate.ts"
import * as Lines from "./Lines.ts"
import type { Output } from "./Output.ts"
import { nextRate } from "./RateControl.ts"

export interface HubLimits {
  /** The most clients on a channel that have said something. */
  readonly channelClientsMax: number
  readonly channelsMax: number
  /** The most connections that never said anything: the oldest makes room. */
  readonly silentMax: number
  /** Events of each kind that a sender may send a second, at the most and at the least. */
  readonly perSecondMax: number
  readonly perSecondMin: number
  /** Who says nothing for so long listens to the default channel. */
  readonly listensAfterMs: number
  /** A member with a heartbeat is asked after so long, and is gone after so long. */
  readonly askAfterMs: number
  readonly silentAfterMs: number
  /** So many lines are refused before the connection is. */
  readonly refusedLinesMax: number
}

export const defaultLimits: HubLimits = {
  channelClientsMax: 256,
  channelsMax: 1_024,
  silentMax: 256,
  perSecondMax: 30,
  perSecondMin: 1,
  listensAfterMs: 250,
  askAfterMs: 5_000,
  silentAfterMs: 15_000,
  refusedLinesMax: 32
}

export class Hub {
  readonly clients = new Set<Client>()
  readonly channels = new Map<string, Channel>()
  /** In the order in which they came: those that have said nothing so far. */
  private readonly silent = new Set<Client>()
  /** Those for whom something waits for its turn. */
  private readonly holding = new Set<Client>()
  private out: Array<Output> = []
  private nowMs = 0

  constructor(readonly limits: HubLimits = defaultLimits) {}

  arrive(id: ClientId, nowMs: number): { readonly client: Client; readonly outputs: ReadonlyArray<Output> } {
    const client: Client = {
      id,
      since: nowMs,
      stage: "new",
      name: null,
      channel: null,
      heartbeat: false,
      heardAtMs: nowMs,
      askedAtMs: nowMs,
      refusedLines: 0,
      gate: null
    }
    const outputs = this.at(nowMs, () => {
      if (this.silent.size >= this.limits.silentMax) {
        const [oldest] = this.silent
        this.end(oldest!, "too many silent connections", "Say something, if only a blank line, to be no longer silent.")
      }
      this.clients.add(client)
      this.silent.add(client)
    })
    return { client, outputs }
  }

  /** A client has sent a line, which is text and not too long. */
  line(client: Client, line: string, nowMs: number): ReadonlyArray<Output> {
    return this.at(nowMs, () => {
      if (client.stage === "over") return
      client.heardAtMs = nowMs
      if (client.stage === "member") return this.fromMember(client, line)
      if (client.stage !== "plain" && !this.begin(client, line)) return
      if (client.stage === "plain" && line.trim() !== "") this.castPlain(client, line)
    })
  }

  /** A client has sent what is no line. */
  refuse(client: Client, reason: Reason, detail: string, nowMs: number): ReadonlyArray<Output> {
    return this.at(nowMs, () => {
      if (client.stage !== "over") this.refused(client, reason, detail)
    })
  }

  /** Something of a client's connection was heard that is no line. */
  heard(client: Client, nowMs: number): void {
    client.heardAtMs = nowMs
  }

  /** A client's connection has ended, or has to. */
  gone(client: Client, reason: Reason, detail: string, nowMs: number): ReadonlyArray<Output> {
    return this.at(nowMs, () => this.end(client, reason, detail))
  }

  /** What is due by now. `silence` also looks for connections that say nothing, which takes longer. */
  tick(nowMs: number, silence: boolean): ReadonlyArray<Output> {
    return this.at(nowMs, () => {
      for (const client of this.holding) {
        for (const { kind, value } of client.gate!.due(nowMs)) this.castEvent(client, value, kind)
        if (client.gate!.nextDueMs === null) this.holding.delete(client)
      }
      for (const client of this.silent) {
        if (nowMs - client.since < this.limits.listensAfterMs) break
        if (client.stage === "new") this.listen(client)
      }
      if (silence) { for (const client of this.clients) this.askOrEnd(client) }
    })
  }

  /** Sets each channel's rate anew by what relay and readers take. `isBehind` answers for the time since the last call. */
  adapt(lagMs: number, isBehind: (client: Client) => boolean, nowMs: number): ReadonlyArray<Output> {
    return this.at(nowMs, () => {
      for (const channel of this.channels.values()) {
        let behind = 0
        for (const client of channel.clients) if (isBehind(client)) behind++
        const rate = nextRate(channel.perSecond, { readers: channel.clients.size, behind, lagMs }, this.limits)
        if (rate === channel.perSecond) continue
        channel.perSecond = rate
        for (const { gate } of channel.clients) if (gate !== null) gate.perSecond = rate
        this.cast(channel, null, Lines.rate(rate, nowMs), null, "rate")
      }
    })
  }

  // ---------------------------------------------------------------- clients

  private at(nowMs: number, run: () => void): ReadonlyArray<Output> {
    this.nowMs = nowMs
    run()
    const outputs = this.out
    this.out = []
    return outputs
  }

  /** The first line decides what a client is. Whether the line is still to be passed on. */
  private begin(client: Client, line: string): boolean {
    const value = line.trimStart().startsWith("{") ? parse(line) : undefined
    if (!isHello(value)) return this.enter(client, defaultChannel, "plain", null)
    const hello = decodeHello(value)?.hello
    if (hello === undefined) {
      this.end(client, "not understood", Lines.helloAdvice)
      return false
    }
    client.heartbeat = hello.heartbeat ?? false
    this.enter(client, hello.channel ?? defaultChannel, "member", hello.name)
    return false
  }

  private enter(client: Client, name: string, stage: "plain" | "member", called: string | null): boolean {
    const channel = this.channelOf(name)
    if (channel === null) {
      this.end(client, "too many channels", `There are ${this.limits.channelsMax} channels already.`)
      return false
    }
    if (channel.speaking >= this.limits.channelClientsMax) {
      this.leaveChannel(client)
      this.end(client, "channel full", `${this.limits.channelClientsMax} clients are on this channel already.`)
      return false
    }
    this.leaveChannel(client)
    this.silent.delete(client)
    // Leaving may have ended the very channel.
    this.channels.set(name, channel)
    client.channel = channel
    client.stage = stage
    client.name = called
    channel.clients.add(client)
    channel.speaking++
    if (stage === "member") this.tell(client, Lines.welcome(client, channel, this.nowMs))
    this.cast(channel, client, Lines.joined(client, this.nowMs), null, null)
    return true
  }

  private channelOf(name: string): Channel | null {
    const known = this.channels.get(name)
    if (known !== undefined) return known
    if (this.channels.size >= this.limits.channelsMax) return null
    return new Channel(name, this.limits.perSecondMax)
  }

  private listen(client: Client): void {
    const channel = this.channelOf(defaultChannel)
    if (channel === null) return
    this.channels.set(channel.name, channel)
    client.stage = "listener"
    client.channel = channel
    channel.clients.add(client)
  }

  private leaveChannel(client: Client): void {
    const { channel } = client
    if (channel === null) return
    client.channel = null
    channel.clients.delete(client)
    if (client.stage === "plain" || client.stage === "member") channel.speaking--
    if (channel.clients.size === 0) this.channels.delete(channel.name)
  }

  private end(client: Client, reason: Reason, detail: string, said: "gone" | "leave" = "gone"): void {
    if (client.stage === "over") return
    const { channel } = client
    const known = client.stage === "plain" || client.stage === "member"
    this.leaveChannel(client)
    client.stage = "over"
    client.gate = null
    this.clients.delete(client)
    this.silent.delete(client)
    this.holding.delete(client)
    if (channel !== null && known) {
      const line = said === "leave" ? Lines.left(client, this.nowMs) : Lines.gone(client, reason, this.nowMs)
      this.cast(channel, client, line, null, null)
    }
    if (reason !== "closed" && reason !== "reset") this.tell(client, Lines.bye(reason, detail))
    this.out.push({ _tag: "end", client, reason, detail })
  }

  private askOrEnd(client: Client): void {
    if (!client.heartbeat) return
    const { askAfterMs, silentAfterMs } = this.limits
    if (this.nowMs - client.heardAtMs >= silentAfterMs) {
      this.end(client, "silent", `Nothing was heard for ${silentAfterMs / 1000} s.`)
    } else if (this.nowMs - client.heardAtMs >= askAfterMs && this.nowMs - client.askedAtMs >= askAfterMs) {
      client.askedAtMs = this.nowMs
      this.tell(client, Lines.ping(this.nowMs), "ping")
    }
  }

  // ---------------------------------------------------------------- what they say

  private fromMember(client: Client, line: string): void {
    if (line.trim() === "") return
    const value = parse(line)
    const message = value === undefined ? null : decodeFromMember(value)
    if (message === null) {
      const what = value === undefined ? "It is no JSON." : "No message of a member is like that."
      return this.refused(client, "not understood", what)
    }
    this.handle(client, message)
  }

  private handle(client: Client, message: FromMember): void {
    if ("send" in message) this.send(client, message.send, message.kind ?? null)
    else if ("history" in message) {
      this.tell(client, Lines.history(client.channel!.recent.last(message.history), this.nowMs), "history")
    } else if ("bye" in message) this.end(client, "closed", "said bye", "leave")
    else if ("ping" in message) this.tell(client, Lines.pong(message.ping, this.nowMs), "pong")
  }

  private send(client: Client, event: unknown, kind: string | null): void {
    if (kind === null) return this.castEvent(client, event, null)
    client.gate ??= new KindGate(kindsMax, client.channel!.perSecond)
    const passes = client.gate.offer(kind, event, this.nowMs)
    if (passes === null) this.refused(client, "too many kinds", `A sender has ${kindsMax} kinds at most.`)
    else if (passes) this.castEvent(client, event, kind)
    else this.holding.add(client)
  }

  private refused(client: Client, reason: Reason, detail: string): void {
    client.refusedLines++
    if (client.refusedLines >= this.limits.refusedLinesMax) {
      this.end(client, "too many refused lines", `${client.refusedLines} lines were refused; the last: ${detail}`)
    } else {
      this.tell(client, Lines.refused(reason, detail), "error")
      this.out.push({ _tag: "refused", client, reason, detail })
    }
  }

  // ---------------------------------------------------------------- what others get

  private castEvent(from: Client, event: unknown, kind: string | null): void {
    const channel = from.channel!
    const texts = Lines.event(from, event, kind, ++channel.seq, this.nowMs)
    if (texts === null) return this.refused(from, "not understood", "It is nested too deeply.")
    channel.recent.add(texts.toMembers)
    this.cast(channel, from, texts.toMembers, texts.toPlain, kind === null ? null : `${from.id} ${kind}`)
  }

  private castPlain(from: Client, line: string): void {
    const channel = from.channel!
    const toMembers = Lines.plainEvent(from, line, ++channel.seq, this.nowMs)
    channel.recent.add(toMembers)
    this.cast(channel, from, toMembers, line, null)
  }

  private cast(
    channel: Channel,
    except: Client | null,
    toMembers: string,
    toPlain: string | null,
    key: string | null
  ): void {
    this.out.push({ _tag: "cast", channel, except, toMembers, toPlain, key })
  }

  private tell(to: Client, line: string, key: string | null = null): void {
    this.out.push({ _tag: "tell", to, line, key })
  }
}
