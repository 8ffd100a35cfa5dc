/** Virtual time: what is due at the same time happens in the order in which it was asked for. */
export class Agenda {
  now = 0
  private readonly heap: Array<{ readonly at: number; readonly order: number; readonly run: () => void }> = []
  private orders = 0

  after(ms: number, run: () => void): void {
    const item = { at: this.now + ms, order: this.orders++, run }
    const { heap } = this
    let at = heap.length
    heap.push(item)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!before(item, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = item
  }

  /** Does all that is due up to then. */
  runUntil(ms: number): void {
    while (this.heap.length > 0 && this.heap[0]!.at <= ms) {
      const { at, run } = this.pop()
      this.now = at
      run()
    }
    this.now = ms
  }

  private pop() {
    const { heap } = this
    const first = heap[0]!
    const last = heap.pop()!
    if (heap.length === 0) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++
      if (!before(heap[child]!, last)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
    return first
  }
}

const before = (a: { at: number; order: number }, b: { at: number; order: number }): boolean =>
  a.at < b.at || (a.at === b.at && a.order < b.order)
