/**
 * Calls and ends of operations in the order of time, as a list from which operations are taken and put back in constant
 * time, newest first. Operations of unknown outcome have a call and no end.
 */
import type { Operation } from "./History.ts"

export class Timeline {
  /** Node 0 is the head; 1 + i is the call of operation i; 1 + count + i its end. 0 as next or previous: there is none. */
  readonly #next: Int32Array
  readonly #previous: Int32Array
  readonly #ended: Uint8Array
  readonly #count: number

  constructor(operations: ReadonlyArray<Operation<unknown, unknown>>) {
    this.#count = operations.length
    this.#ended = Uint8Array.from(operations, ({ outcome }) => outcome._tag === "ok" ? 1 : 0)
    this.#next = new Int32Array(1 + 2 * this.#count)
    this.#previous = new Int32Array(1 + 2 * this.#count)
    const nodes = operations.flatMap(({ call, end, outcome }, index) => {
      if (!(end > call)) throw new RangeError(`operation ${index} ends at ${end}, not after its call at ${call}`)
      const began = { node: 1 + index, at: call, isEnd: 0 }
      return outcome._tag === "unknown" ? [began] : [began, { node: 1 + this.#count + index, at: end, isEnd: 1 }]
    })
    // Of equal places, calls come first: whose end and call coincide overlap.
    nodes.sort((a, b) => a.at - b.at || a.isEnd - b.isEnd)
    let last = 0
    for (const { node } of nodes) {
      this.#next[last] = node
      this.#previous[node] = last
      last = node
    }
  }

  /** The first call or end that is left; 0 where nothing is. */
  first(): number {
    return this.#next[0]!
  }

  /** The call or end after this one; 0 where it is the last. */
  after(node: number): number {
    return this.#next[node]!
  }

  /** The call or end before this one, or before the place that it was taken from; 0 where it is the first. */
  before(node: number): number {
    return this.#previous[node]!
  }

  isCall(node: number): boolean {
    return node <= this.#count
  }

  /** The index of the operation that this is the call or end of. */
  operationOf(node: number): number {
    return node <= this.#count ? node - 1 : node - 1 - this.#count
  }

  callOf(operation: number): number {
    return 1 + operation
  }

  /** Takes an operation's call and end out. */
  take(operation: number): void {
    this.#unlink(1 + operation)
    if (this.#ended[operation] === 1) this.#unlink(1 + this.#count + operation)
  }

  /** Puts back what was taken last of all that is still out. */
  putBack(operation: number): void {
    if (this.#ended[operation] === 1) this.#link(1 + this.#count + operation)
    this.#link(1 + operation)
  }

  #unlink(node: number): void {
    const next = this.#next[node]!
    const previous = this.#previous[node]!
    this.#next[previous] = next
    if (next !== 0) this.#previous[next] = previous
  }

  /** The node kept its neighbours while it was out. */
  #link(node: number): void {
    const next = this.#next[node]!
    this.#next[this.#previous[node]!] = node
    if (next !== 0) this.#previous[next] = node
  }
}
