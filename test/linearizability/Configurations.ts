/**
 * Which operations are placed now, and in which configurations (operations placed, state) the search has been before.
 *
 * Exact and small: all operations of known outcome before the first unplaced one are placed, and none is that was called
 * after that one's end, so that a configuration is a short window of bits from there on, a bit for each operation of
 * unknown outcome, and the state's number.
 */
import type { Operation } from "./History.ts"

export class Configurations {
  /** Per operation its bit: among those of known outcome by call, or among the others. */
  readonly #bit: Int32Array
  readonly #isKnown: Uint8Array
  readonly #known: Int32Array
  readonly #unknown: Int32Array
  /** Of the operations of known outcome, the first that is not placed. */
  #first = 0
  /** Words of the window. */
  readonly #span: number
  /** Words of a configuration: state, the window's first word, the window, operations of unknown outcome. */
  readonly #size: number
  /** Configurations one after the other, and a hash table with linear probing of their numbers from 1. */
  #kept: Int32Array
  #count = 0
  #table = new Int32Array(1 << 10)

  /** @param operations in the order of their calls */
  constructor(operations: ReadonlyArray<Operation<unknown, unknown>>) {
    this.#bit = new Int32Array(operations.length)
    this.#isKnown = new Uint8Array(operations.length)
    const known: Array<Operation<unknown, unknown>> = []
    let unknowns = 0
    for (const [index, operation] of operations.entries()) {
      const isKnown = operation.outcome._tag === "ok"
      this.#isKnown[index] = isKnown ? 1 : 0
      this.#bit[index] = isKnown ? known.length : unknowns++
      if (isKnown) known.push(operation)
    }
    this.#span = widest(known)
    // As many zeros behind as a window at the very end may reach into.
    this.#known = new Int32Array(words(known.length) + this.#span + 1)
    this.#unknown = new Int32Array(words(unknowns))
    this.#size = 2 + this.#span + this.#unknown.length
    this.#kept = new Int32Array(this.#size * (this.#table.length / 2 + 1))
  }

  get count(): number {
    return this.#count
  }

  place(operation: number): void {
    const bit = this.#bit[operation]!
    if (this.#isKnown[operation] === 0) this.#unknown[bit >>> 5]! |= 1 << (bit & 31)
    else {
      this.#known[bit >>> 5]! |= 1 << (bit & 31)
      while ((this.#known[this.#first >>> 5]! & (1 << (this.#first & 31))) !== 0) this.#first++
    }
  }

  unplace(operation: number): void {
    const bit = this.#bit[operation]!
    if (this.#isKnown[operation] === 0) this.#unknown[bit >>> 5]! &= ~(1 << (bit & 31))
    else {
      this.#known[bit >>> 5]! &= ~(1 << (bit & 31))
      if (bit < this.#first) this.#first = bit
    }
  }

  /** Whether what is placed now was not met before with this state; from now on it was. */
  isNew(state: number): boolean {
    if (this.#count * 2 >= this.#table.length) this.#grow()
    const kept = this.#kept
    const at = this.#count * this.#size
    const from = this.#first >>> 5
    kept[at] = state
    kept[at + 1] = from
    for (let word = 0; word < this.#span; word++) kept[at + 2 + word] = this.#known[from + word]!
    kept.set(this.#unknown, at + 2 + this.#span)
    const slot = this.#slotOf(at)
    if (this.#table[slot] !== 0) return false
    this.#table[slot] = ++this.#count
    return true
  }

  /** Where the table has the configuration that stands here, or has room for it. */
  #slotOf(at: number): number {
    const kept = this.#kept
    const mask = this.#table.length - 1
    let hash = 0
    for (let word = 0; word < this.#size; word++) {
      hash = Math.imul(hash ^ kept[at + word]!, 0x9e3779b1)
      hash ^= hash >>> 15
    }
    let slot = hash & mask
    for (let number = this.#table[slot]!; number !== 0; number = this.#table[slot]!) {
      const other = (number - 1) * this.#size
      let word = 0
      while (word < this.#size && kept[at + word] === kept[other + word]) word++
      if (word === this.#size) break
      slot = (slot + 1) & mask
    }
    return slot
  }

  #grow(): void {
    this.#table = new Int32Array(this.#table.length * 2)
    const kept = new Int32Array(this.#size * (this.#table.length / 2 + 1))
    kept.set(this.#kept)
    this.#kept = kept
    for (let index = 0; index < this.#count; index++) this.#table[this.#slotOf(index * this.#size)] = index + 1
  }
}

const words = (bits: number): number => (bits + 31) >>> 5

/** The words of the widest window: from an operation to the last one called before its end. */
const widest = (known: ReadonlyArray<Operation<unknown, unknown>>): number => {
  let widest = 0
  for (const [index, { end }] of known.entries()) {
    // Binary search for the first that was called after this one's end.
    let low = index + 1
    let high = known.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (known[middle]!.call <= end) low = middle + 1
      else high = middle
    }
    const last = low - 1
    widest = Math.max(widest, (last >>> 5) - (index >>> 5) + 1)
  }
  return widest
}
