/** When each happening is to be seen: shots fly one after another, and what follows from one waits until it has landed. */
import type { RaftianHappening } from "../../../../games/raftian/Schemas.ts"

export type Act =
  | {
    readonly kind: "launch"
    readonly by: number
    readonly on: number
    readonly atMs: number
    readonly landsAtMs: number
  }
  | { readonly kind: "happening"; readonly happening: RaftianHappening; readonly atMs: number }

const flightMs = 720
const calmFlightMs = 160
const betweenShotsMs = 150
const untilFallMs = 70
const untilVictoryMs = 1500

/** Of more the page was hidden or held up: nobody wants to see all of it. */
const actsMax = 48

export class Timeline {
  private acts: Array<Act> = []
  private nextShotMs = -Infinity
  private orderedMs = -Infinity

  get isIdle(): boolean {
    return this.acts.length === 0
  }

  clear(): void {
    this.acts = []
    this.nextShotMs = -Infinity
    this.orderedMs = -Infinity
  }

  add(happening: RaftianHappening, nowMs: number, calm: boolean): void {
    if (this.acts.length >= actsMax) this.clear()
    if (happening.kind === "hit") {
      const atMs = Math.max(nowMs, this.nextShotMs, this.orderedMs - flightMs)
      const landsAtMs = atMs + (calm ? calmFlightMs : flightMs)
      this.nextShotMs = atMs + betweenShotsMs
      this.insert({ kind: "launch", by: happening.by, on: happening.on, atMs, landsAtMs })
      this.orderedMs = landsAtMs
    } else {
      const pause = happening.kind === "fell" ? untilFallMs : happening.kind === "won" ? untilVictoryMs : 0
      this.orderedMs = Math.max(nowMs, this.orderedMs + pause)
    }
    this.insert({ kind: "happening", happening, atMs: this.orderedMs })
  }

  /** What is to be seen by now, in order; each once. */
  due(nowMs: number): ReadonlyArray<Act> {
    const first = this.acts.findIndex(({ atMs }) => atMs > nowMs)
    return this.acts.splice(0, first < 0 ? this.acts.length : first)
  }

  private insert(act: Act): void {
    const at = this.acts.findIndex(({ atMs }) => atMs > act.atMs)
    this.acts.splice(at < 0 ? this.acts.length : at, 0, act)
  }
}
