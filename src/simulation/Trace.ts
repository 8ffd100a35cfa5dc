/** What happened in a run, in order: what arrived where, what nodes said, which faults began. Same seed, same trace. */
import type { Delivery } from "../layers/virtual/VirtualNetwork.ts"
import { wordsOf } from "./DeliveryWords.ts"

export interface Entry {
  /** Virtual milliseconds since the run began. */
  readonly atMs: number
  /** Who sent it, or said it; null for the simulation itself. */
  readonly from: string | null
  /** Who got it, or null where it is no message. */
  readonly to: string | null
  readonly words: string
}

interface Raw extends Omit<Entry, "words"> {
  readonly what: string | Delivery
}

export class Trace {
  private readonly ring: Array<Raw> = []
  private hash = 0x811c9dc5
  private count = 0

  /** `kept`: how many of the last entries can be read again. `write`: gets every entry as a line. */
  constructor(private readonly kept: number, private readonly write: ((line: string) => void) | null) {}

  /** A number that differs where anything differed. */
  get fingerprint(): string {
    return `${(this.hash >>> 0).toString(16).padStart(8, "0")}-${this.count}`
  }

  note(atMs: number, from: string | null, words: string): void {
    this.add({ atMs, from, to: null, what: words })
    for (let i = 0; i < words.length; i++) this.mix(words.charCodeAt(i))
  }

  delivered(atMs: number, from: string, to: string, delivery: Delivery): void {
    this.add({ atMs, from, to, what: delivery })
    const { bytes } = delivery
    for (let i = 0; i < bytes.length; i++) this.mix(bytes[i]!)
  }

  /** The last entries, oldest first. */
  entries(): ReadonlyArray<Entry> {
    return this.ring.map(readable)
  }

  private add(raw: Raw): void {
    this.count++
    this.mix(Math.round(raw.atMs * 1e6) | 0)
    this.write?.(lineOf(readable(raw)))
    if (this.kept === 0) return
    this.ring.push(raw)
    if (this.ring.length > 2 * this.kept) this.ring.splice(0, this.ring.length - this.kept)
  }

  private mix(value: number): void {
    this.hash = Math.imul(this.hash ^ value, 0x01000193)
  }
}

const lineOf = ({ atMs, from, to, words }: Entry): string =>
  `${atMs.toFixed(6).padStart(14)}  ${to === null ? from ?? "*" : `${from} > ${to}`}  ${words}`

const readable = ({ atMs, from, to, what }: Raw): Entry => ({
  atMs,
  from,
  to,
  words: typeof what === "string" ? what : wordsOf(what)
})
