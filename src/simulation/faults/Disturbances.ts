/** What was done to a cluster, and when: oracles ask how calm it was. */
import type { Scope } from "./Fault.ts"

interface Change {
  readonly scope: Scope
  readonly atMs: number
  readonly ends: boolean
}

/** Older changes make no difference any more, in milliseconds. */
const rememberedMs = 30_000

export class Disturbances {
  private changes: Array<Change> = []
  /** How many faults last now. */
  private readonly lasting = new Map<Scope, number>()

  constructor(private readonly nowMs: () => number) {}

  /** One that lasts, until `end`. */
  begin(scope: Scope): void {
    this.lasting.set(scope, (this.lasting.get(scope) ?? 0) + 1)
    this.happen(scope)
  }

  end(scope: Scope): void {
    const many = this.lasting.get(scope) ?? 0
    if (many > 1) this.lasting.set(scope, many - 1)
    else this.lasting.delete(scope)
    this.happen(scope, true)
  }

  /** Everything that lasts is over. */
  endAll(): void {
    this.lasting.clear()
    this.happen("rest", true)
  }

  lasts(scope: Scope): boolean {
    return this.lasting.has(scope)
  }

  /** For how long no fault that matters has begun, ended or been there, in milliseconds. */
  calmMs(matters: (scope: Scope) => boolean = () => true): number {
    for (const scope of this.lasting.keys()) if (matters(scope)) return 0
    const last = this.changes.findLast(({ scope }) => matters(scope))
    return last === undefined ? Infinity : this.nowMs() - last.atMs
  }

  /** Whether of all changes within this time there is one, the end of a cut, and nothing lasts. */
  hasJustHealed(withinMs: number): boolean {
    if (this.lasting.size > 0) return false
    const since = this.nowMs() - withinMs
    const recent = this.changes.filter(({ atMs }) => atMs >= since)
    return recent.length === 1 && recent[0]!.scope === "cuts" && recent[0]!.ends
  }

  /** Something that happens at a moment. */
  happen(scope: Scope, ends = false): void {
    const atMs = this.nowMs()
    if (this.changes.length > 0 && this.changes[0]!.atMs < atMs - 2 * rememberedMs) {
      this.changes = this.changes.filter((change) => change.atMs >= atMs - rememberedMs)
    }
    this.changes.push({ scope, atMs, ends })
  }
}
