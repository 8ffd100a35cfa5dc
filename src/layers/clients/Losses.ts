/**
 * Sees to it that whatever is taken back on a thin client's screen is told: by the server that has lost it, or else by
 * the client itself, since a server that was on the other side of a split has nothing to tell of.
 */

/** How long a server's word is waited for, and how much sooner than the view it may come, in milliseconds. */
export const lossToldWithinMs = 500

/** What was shown before, and is taken back without a word so far. */
interface Owed {
  readonly clock: number
}

export class Losses {
  private owed: Owed | null = null
  /** When something was told that no view has taken back yet. Each word stands for one setback that follows. */
  private aheadAtMs = -Infinity

  /** `tell`: the client's own word; `clock`: what was shown before. */
  constructor(
    private readonly nowMs: () => number,
    private readonly after: (ms: number, run: () => void) => void,
    private readonly tell: (clock: number) => void
  ) {}

  /** A server has told of a loss. */
  told(): void {
    if (this.owed === null) this.aheadAtMs = this.nowMs()
    this.owed = null
  }

  /** A view takes back what another with this clock has shown. */
  setBack(clock: number): void {
    const wasTold = this.aheadAtMs >= this.nowMs() - lossToldWithinMs
    this.aheadAtMs = -Infinity
    if (wasTold || this.owed !== null) return
    const owed = this.owed = { clock }
    this.after(lossToldWithinMs, () => {
      if (this.owed !== owed) return
      this.owed = null
      this.tell(clock)
    })
  }

  /** Another room is shown. */
  reset(): void {
    this.owed = null
    this.aheadAtMs = -Infinity
  }
}
