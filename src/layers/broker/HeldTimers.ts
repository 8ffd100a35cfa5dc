/** Time that can be made to stand still: what is due meanwhile waits until it goes on. */
export class HeldTimers {
  private readonly timers = new Set<NodeJS.Timeout>()
  private due: Array<() => void> = []
  private heldSinceMs: number | null = performance.now()
  private lostMs = 0
  private isClosed = false

  /** Monotonic. */
  nowMs(): number {
    return (this.heldSinceMs ?? performance.now()) - this.lostMs
  }

  /** Calls back after so long, or later; never once it is closed. */
  after(ms: number, run: () => void): void {
    if (this.isClosed) return
    const timer = setTimeout(() => {
      this.timers.delete(timer)
      if (this.heldSinceMs === null) run()
      else this.due.push(run)
    }, ms)
    this.timers.add(timer)
  }

  hold(): void {
    this.heldSinceMs ??= performance.now()
  }

  release(): void {
    if (this.heldSinceMs === null) return
    this.lostMs += performance.now() - this.heldSinceMs
    this.heldSinceMs = null
    const due = this.due
    this.due = []
    for (const run of due) run()
  }

  close(): void {
    this.isClosed = true
    this.due = []
    for (const timer of this.timers) clearTimeout(timer)
  }
}
