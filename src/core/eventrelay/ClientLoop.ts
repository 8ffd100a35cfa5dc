/**
 * A member of an event relay's channel, whatever carries its lines: says hello, answers and asks for signs of life, sends no
 * more than relay and readers take, and makes a lost connection anew. Clock, timers, chance and sockets come from outside.
 */
import {
  type ClientId,
  decodeFromRelay,
  type FromRelay,
  kindsMax,
  lineBytesMax,
  parse,
  type Reason
} from "../../protocol/EventRelay.ts"
import { type RelayEvent, type SendResult, toldBy } from "./ClientEvents.ts"
import { KindGate } from "./KindGate.ts"
import { Outbox } from "./Outbox.ts"

/** What a connection being made tells. */
export interface DialEnd {
  readonly opened: () => void
  readonly line: (line: string) => void
  readonly drained: () => void
  /** At most once. */
  readonly closed: (detail: string) => void
}

export interface Dialled {
  /** A line, with its end. False: `drained` tells when more is taken. */
  readonly write: (line: Uint8Array) => boolean
  readonly end: () => void
  readonly destroy: () => void
}

export interface Surroundings {
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
  /** From 0 to 1. */
  readonly random: () => number
  /** Runs it after so many milliseconds, unless the answer is called before. */
  readonly later: (ms: number, run: () => void) => () => void
  readonly dial: (end: DialEnd) => Dialled
}

export interface ClientOptions {
  readonly name: string
  readonly channel?: string | undefined
  readonly perSecondMax?: number | undefined
}

/** Between two attempts, in milliseconds. */
export const retryMsMin = 100
export const retryMsMax = 5_000
/** A relay that says nothing is asked after so long, and given up after so long; likewise one that is dialled. */
const askAfterMs = 5_000
const silentAfterMs = 15_000
const waitingBytesMax = 256 * 1024
/** What is kept for who asks for events too rarely. */
export const eventsMax = 1_024

/** With these, another attempt would end alike. */
const final: ReadonlySet<Reason> = new Set(["not understood", "too many refused lines", "http"])

const utf8 = new TextEncoder()

export class ClientLoop {
  id: ClientId | null = null
  private readonly outbox = new Outbox()
  private readonly gate: KindGate<Uint8Array>
  private readonly listeners = new Set<(event: RelayEvent | null) => void>()
  private kept: Array<RelayEvent> = []
  private missed = 0
  private dialled: Dialled | null = null
  private blocked = false
  private over = false
  private attempts = 0
  private byeReason: { readonly reason: Reason; readonly detail: string } | null = null
  private heardAtMs = 0
  private cancelTurn: (() => void) | null = null
  private cancelRetry: (() => void) | null = null
  private cancelWatch: (() => void) | null = null

  constructor(private readonly options: ClientOptions, private readonly around: Surroundings) {
    this.gate = new KindGate(kindsMax, options.perSecondMax ?? Infinity)
    this.dial()
    this.watch()
  }

  get perSecond(): number {
    return this.gate.perSecond
  }

  /** Hears what happens from now on; null is the end. The answer ends it. */
  listen(listener: (event: RelayEvent | null) => void): () => void {
    if (this.over) listener(null)
    else this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }

  events(): ReadonlyArray<RelayEvent> {
    const events = this.kept
    if (this.missed > 0) events.unshift({ _tag: "missed", count: this.missed })
    this.kept = []
    this.missed = 0
    return events
  }

  send(event: unknown, kind?: string): SendResult {
    if (this.over) return "closed"
    const line = lineOf(kind === undefined ? { send: event } : { send: event, kind })
    if (line === null || event === undefined) return "no JSON"
    if (line.length > lineBytesMax + 1) return "too long"
    if (kind === undefined) return this.put(null, line)
    const passes = this.gate.offer(kind, line, this.around.now())
    if (passes === null) return "too much waits"
    if (passes) return this.put(kind, line)
    this.turn()
    return "waits"
  }

  askHistory(count: number): void {
    this.put("/history", lineOf({ history: count })!)
  }

  /** For good. */
  close(): void {
    if (this.over) return
    if (this.id !== null) this.write({ bye: true })
    this.finish()
  }

  private finish(): void {
    this.over = true
    this.id = null
    for (const cancel of [this.cancelTurn, this.cancelRetry, this.cancelWatch]) cancel?.()
    this.dialled?.end()
    this.dialled = null
    this.outbox.clear()
    for (const listener of this.listeners) listener(null)
    this.listeners.clear()
  }

  private dial(): void {
    let current: Dialled | null = null
    const isCurrent = (): boolean => !this.over && (current === null || this.dialled === current)
    this.heardAtMs = this.around.now()
    this.byeReason = null
    this.blocked = false
    const ifCurrent = <A extends ReadonlyArray<unknown>>(run: (...args: A) => void) => (...args: A): void => {
      if (isCurrent()) run(...args)
    }
    current = this.around.dial({
      opened: ifCurrent(() => this.hello()),
      line: ifCurrent((line: string) => this.line(line)),
      drained: ifCurrent(() => {
        this.blocked = false
        this.flush()
      }),
      closed: ifCurrent((detail: string) => this.lost(detail))
    })
    this.dialled = current
  }

  private hello(): void {
    this.heardAtMs = this.around.now()
    const { channel, name } = this.options
    this.write({ hello: { name, heartbeat: true, ...(channel === undefined ? {} : { channel }) } })
  }

  private lost(detail: string): void {
    const why = this.byeReason
    this.id = null
    this.dialled?.destroy()
    this.dialled = null
    const told = { _tag: "disconnected", reason: why?.reason ?? null, detail: why?.detail ?? detail } as const
    if (why !== null && final.has(why.reason)) {
      this.tell({ ...told, retryInMs: null })
      return this.finish()
    }
    const most = Math.min(retryMsMax, retryMsMin * 2 ** this.attempts++)
    const retryInMs = Math.round(most * (0.5 + this.around.random() / 2))
    this.tell({ ...told, retryInMs })
    if (!this.over) this.cancelRetry = this.around.later(retryInMs, () => this.dial())
  }

  private watch(): void {
    this.cancelWatch = this.around.later(1_000, () => {
      const silentMs = this.around.now() - this.heardAtMs
      if (this.dialled !== null && silentMs >= silentAfterMs) {
        this.lost(`Nothing was heard for ${silentAfterMs / 1000} s.`)
      } else if (this.id !== null && silentMs >= askAfterMs) this.write({ ping: Math.round(this.around.now()) })
      if (!this.over) this.watch()
    })
  }

  private write(message: object): void {
    const line = lineOf(message)
    if (line !== null && this.dialled?.write(line) === false) this.blocked = true
  }

  private put(key: string | null, line: Uint8Array): SendResult {
    if (this.outbox.bytes + line.length > waitingBytesMax) return "too much waits"
    this.outbox.put(key, line)
    this.flush()
    return this.outbox.isEmpty ? "sent" : "waits"
  }

  private flush(): void {
    while (this.id !== null && this.dialled !== null && !this.blocked && !this.outbox.isEmpty) {
      for (const line of this.outbox.take(0)) if (!this.dialled.write(line)) this.blocked = true
    }
  }

  private turn(): void {
    const due = this.gate.nextDueMs
    if (due === null || this.cancelTurn !== null) return
    this.cancelTurn = this.around.later(Math.max(1, due - this.around.now()), () => {
      this.cancelTurn = null
      for (const { kind, value } of this.gate.due(this.around.now())) this.put(kind, value)
      this.turn()
    })
  }

  private line(line: string): void {
    this.heardAtMs = this.around.now()
    const value = parse(line)
    const message = value === undefined ? null : decodeFromRelay(value)
    // What a later relay says beyond this is none of ours, and so is what came before the welcome.
    if (message === null || (this.id === null && !("welcome" in message) && !("bye" in message))) return
    this.take(message)
    const told = toldBy(message)
    if (told !== null) this.tell(told)
    this.flush()
  }

  private take(message: FromRelay): void {
    if ("welcome" in message) {
      this.id = message.welcome.id
      this.attempts = 0
      this.limit(message.welcome.perSecond)
    } else if ("rate" in message) this.limit(message.rate.perSecond)
    else if ("bye" in message) this.byeReason = message.bye
    else if ("ping" in message) this.write({ pong: message.ping })
  }

  private limit(perSecond: number): void {
    this.gate.perSecond = Math.max(0.01, Math.min(perSecond, this.options.perSecondMax ?? Infinity))
  }

  private tell(event: RelayEvent): void {
    this.kept.push(event)
    if (this.kept.length > eventsMax) {
      this.kept.shift()
      this.missed++
    }
    for (const listener of this.listeners) listener(event)
  }
}

/** A line with its end; null: it is no JSON. */
const lineOf = (message: object): Uint8Array | null => {
  try {
    return utf8.encode(`${JSON.stringify(message)}\n`)
  } catch {
    return null
  }
}
