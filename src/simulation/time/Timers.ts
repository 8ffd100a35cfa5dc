/** A heap of timers: what is due at the same time fires in the order in which it was set. */

export interface Timer {
  /** Nanoseconds. */
  readonly at: number
  readonly order: number
  /** Null once it was cancelled. */
  fire: (() => void) | null
}

const isEarlier = (a: Timer, b: Timer): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)

export class Timers {
  private readonly heap: Array<Timer> = []
  private orders = 0
  private cancelled = 0

  /** How many wait. */
  get size(): number {
    return this.heap.length - this.cancelled
  }

  add(at: number, fire: () => void): Timer {
    const { heap } = this
    const timer: Timer = { at, order: this.orders++, fire }
    let i = heap.length
    heap.push(timer)
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!isEarlier(timer, heap[parent]!)) break
      heap[i] = heap[parent]!
      i = parent
    }
    heap[i] = timer
    return timer
  }

  /** False when it has fired, or was cancelled before. */
  cancel(timer: Timer): boolean {
    if (timer.fire === null) return false
    timer.fire = null
    this.cancelled++
    return true
  }

  /** When the next one is due, or null. */
  nextAt(): number | null {
    while (this.heap.length > 0 && this.heap[0]!.fire === null) {
      this.pop()
      this.cancelled--
    }
    return this.heap[0]?.at ?? null
  }

  /** Takes the next one out. */
  take(): (() => void) | null {
    if (this.nextAt() === null) return null
    const timer = this.pop()
    const { fire } = timer
    timer.fire = null
    return fire
  }

  private pop(): Timer {
    const { heap } = this
    const first = heap[0]!
    const last = heap.pop()!
    let i = 0
    while (heap.length > 0) {
      let child = 2 * i + 1
      if (child + 1 < heap.length && isEarlier(heap[child + 1]!, heap[child]!)) child++
      if (child >= heap.length || !isEarlier(heap[child]!, last)) {
        heap[i] = last
        break
      }
      heap[i] = heap[child]!
      i = child
    }
    return first
  }
}
