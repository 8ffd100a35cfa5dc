/** What a virtual network has yet to do, by time. What is due at the same time happens in the order in which it was set. */

export class VirtualAgenda {
  private readonly items: Array<{ readonly at: number; readonly run: (now: number) => void }> = []
  private readonly wakes = new Set<number>()

  /** `nowNanos` of a monotonic clock; `wake` must call `run(at)` after so long. */
  constructor(
    readonly nowNanos: () => number,
    private readonly wake: (at: number, afterNanos: number) => void
  ) {}

  post(at: number, run: (now: number) => void): void {
    const { items } = this
    let i = items.length
    while (i > 0 && items[i - 1]!.at > at) i--
    items.splice(i, 0, { at, run })
    if (this.wakes.has(at)) return
    this.wakes.add(at)
    this.wake(at, Math.max(0, at - this.nowNanos()))
  }

  /** Does what is due at `at`, the clock having reached it. */
  run(at: number): void {
    this.wakes.delete(at)
    while (this.items.length > 0 && this.items[0]!.at <= at) this.items.shift()!.run(at)
  }
}
