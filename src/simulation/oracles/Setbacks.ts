/** What screens saw go back, until they are told of it. */
import type { SimulatedProcess } from "../SimulatedProcess.ts"

/** A screen that was not told of what it loses before it sees that is told within this time. */
const toldWithinMs = 1_000

interface Setback {
  readonly process: SimulatedProcess
  readonly what: string
  /** Since when its process could have been told. */
  sinceMs: number
}

export class Setbacks {
  private waiting: Array<Setback> = []
  /** Processes whose screens were told of a loss that they have not seen yet. */
  private readonly told = new Set<SimulatedProcess>()
  /** When a process was told last. What it sees in that moment it may see before or after: its fibers run in any order. */
  private readonly toldAtMs = new Map<SimulatedProcess, number>()

  constructor(private readonly nowMs: () => number) {}

  /** It was told that something is lost. */
  lost(process: SimulatedProcess): void {
    const others = this.waiting.filter((setback) => setback.process !== process)
    if (others.length === this.waiting.length) this.told.add(process)
    this.toldAtMs.set(process, this.nowMs())
    this.waiting = others
  }

  /** It saw what went back. */
  saw(process: SimulatedProcess, what: string): void {
    const nowMs = this.nowMs()
    const wasTold = this.told.delete(process) || this.toldAtMs.get(process) === nowMs
    if (!wasTold) this.waiting.push({ process, what, sinceMs: nowMs })
  }

  /** Those that nobody was told of in time: each once. */
  overdue(): ReadonlyArray<string> {
    if (this.waiting.length === 0) return []
    const now = this.nowMs()
    const overdue: Array<string> = []
    this.waiting = this.waiting.filter((setback) => {
      const { process, what } = setback
      if (!process.isUp) return false
      if (!process.process.isRunning) setback.sinceMs = now
      if (now - setback.sinceMs <= toldWithinMs) return true
      overdue.push(`a screen of ${process.name} saw ${what}, and was not told`)
      return false
    })
    return overdue
  }
}
