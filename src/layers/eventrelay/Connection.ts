/**
 * One connection of the relay: what it is sent and what it sends, each bounded. Who sends more than its allowance is read no
 * further for a moment, which its own system makes it feel; who reads too little is spared what is out of date, and ended
 * when that does not help.
 */
import type { Client } from "../../core/eventrelay/Channel.ts"
import { Outbox } from "../../core/eventrelay/Outbox.ts"
import { TokenBucket } from "../../core/TokenBucket.ts"
import { lineBytesMax, type Reason } from "../../protocol/EventRelay.ts"
import { LineSplitter, tooLong } from "../../protocol/LineSplitter.ts"
import type { Wire } from "./RelayWire.ts"

export interface ConnectionLimits {
  /** Lines that a connection may send a second, and at once; what is more waits, unread. */
  readonly linesPerSecond: number
  readonly linesAtOnce: number
  /** Likewise bytes. */
  readonly bytesPerSecond: number
  readonly waitingBytesMax: number
  /** A reader that takes nothing for so long is ended. */
  readonly stuckAfterMs: number
}

export const defaultLimits: ConnectionLimits = {
  linesPerSecond: 120,
  linesAtOnce: 240,
  bytesPerSecond: 256 * 1024,
  waitingBytesMax: 256 * 1024,
  stuckAfterMs: 10_000
}

/** A reader that takes nothing for so long is behind; what is shorter is how sockets work. */
const behindAfterMs = 50

/** What is written at once, about. */
const writeBytesMax = 64 * 1024

/** What the relay does with what a connection says. */
export interface ConnectionOwner {
  readonly now: () => number
  readonly line: (connection: Connection, line: string) => void
  readonly refuse: (connection: Connection, reason: Reason, detail: string) => void
  readonly over: (connection: Connection, reason: Reason, detail: string) => void
  /** Calls back when this turn of the event loop is over. */
  readonly soon: (connection: Connection) => void
  /** How much of its allowance a sender has now, of 1. */
  readonly share: (client: Client) => number
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

const decode = (bytes: Uint8Array): string | null => {
  try {
    return utf8.decode(bytes)
  } catch {
    return null
  }
}

export class Connection {
  readonly outbox = new Outbox()
  /** Whether something had to wait since this was last asked. */
  wasBehind = false
  private readonly splitter = new LineSplitter(lineBytesMax)
  private readonly lines: TokenBucket
  private readonly bytes: TokenBucket
  /** Lines that were read and are not handled yet: those of one chunk. */
  private unhandled: Array<Uint8Array | typeof tooLong> = []
  private resuming: NodeJS.Timeout | null = null
  private blockedSinceMs: number | null = null
  private scheduled = false
  private ending = false

  constructor(
    readonly client: Client,
    readonly wire: Wire,
    private readonly owner: ConnectionOwner,
    private readonly limits: ConnectionLimits
  ) {
    this.lines = new TokenBucket(limits.linesPerSecond, limits.linesAtOnce, owner.now())
    this.bytes = new TokenBucket(limits.bytesPerSecond, limits.bytesPerSecond, owner.now())
  }

  /** Sends a line, with its end, at the end of this turn or when the reader is ready. */
  post(key: string | null, line: Uint8Array): void {
    if (this.ending) return
    this.outbox.put(key, line)
    if (this.blockedSinceMs !== null) {
      if (this.owner.now() - this.blockedSinceMs > behindAfterMs) this.wasBehind = true
      if (this.outbox.bytes > this.limits.waitingBytesMax) {
        this.owner.over(this, "slow", `More than ${this.limits.waitingBytesMax / 1024} KiB waited to be read.`)
      }
    } else if (!this.scheduled) {
      this.scheduled = true
      this.owner.soon(this)
    }
  }

  flush(): void {
    this.scheduled = false
    while (this.blockedSinceMs === null && !this.outbox.isEmpty) {
      if (!this.wire.write(this.outbox.take(writeBytesMax))) this.blockedSinceMs = this.owner.now()
    }
  }

  drained(): void {
    this.blockedSinceMs = null
    this.flush()
  }

  /** Ends who has taken nothing for too long. */
  check(nowMs: number): void {
    if (this.blockedSinceMs === null || nowMs - this.blockedSinceMs < this.limits.stuckAfterMs) return
    this.owner.over(this, "slow", `Nothing was read for ${this.limits.stuckAfterMs / 1000} s.`)
  }

  received(chunk: Uint8Array): void {
    if (this.ending) return
    this.unhandled.push(...this.splitter.push(chunk))
    const enough = this.bytes.take(chunk.length, this.owner.now())
    if (this.resuming !== null) return
    if (!enough) this.wait((chunk.length / this.limits.bytesPerSecond) * 1000)
    else this.handle()
  }

  /** Says its last, and closes: who does not close in turn is cut off by `destroy`. */
  end(): void {
    if (this.ending) return
    this.blockedSinceMs = null
    this.flush()
    this.ending = true
    this.forget()
    this.wire.end()
  }

  forget(): void {
    this.ending = true
    if (this.resuming !== null) clearTimeout(this.resuming)
    this.resuming = null
    this.unhandled = []
    this.outbox.clear()
  }

  private handle(): void {
    let done = 0
    for (; done < this.unhandled.length && !this.ending; done++) {
      const share = this.owner.share(this.client)
      if (!this.lines.take(1 / share, this.owner.now())) break
      this.handleLine(this.unhandled[done]!)
    }
    if (this.ending) return
    this.unhandled.splice(0, done)
    if (this.unhandled.length > 0) this.wait(Math.max(20, 4_000 / this.limits.linesPerSecond))
  }

  private handleLine(bytes: Uint8Array | typeof tooLong): void {
    if (bytes === tooLong) {
      return this.owner.refuse(this, "too long", `A line has ${lineBytesMax} bytes at most.`)
    }
    const line = decode(bytes)
    if (line === null) this.owner.refuse(this, "no text", "A line is UTF-8.")
    else this.owner.line(this, line)
  }

  private wait(ms: number): void {
    this.wire.pause()
    this.resuming = setTimeout(() => {
      this.resuming = null
      this.handle()
      if (this.resuming === null && !this.ending) this.wire.resume()
    }, ms)
  }
}
