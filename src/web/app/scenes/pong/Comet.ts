/** The ball: a light with a trail of where it was, in the colour of whoever touched it last. */
import { toNumber } from "../painting.ts"
import { Part } from "../Part.ts"
import type { Look } from "./look.ts"

const dots = 26
/** How long ago the trail's end was. */
const trailMs = 190
/** So many CSS pixels across at least, on the smallest screens. */
const cssSizeMin = 7

interface Was {
  readonly x: number
  readonly y: number
  readonly atMs: number
}

export class Comet extends Part<Look> {
  private readonly trail = Array.from({ length: dots }, () => this.light("dot", this.look.theme.ink, 5))
  private readonly halo = this.light("glow", this.look.theme.ink, 13)
  private readonly core = this.picture("core", 14)
  private past: Array<Was> = []
  private shownSinceMs: number | null = null

  constructor(look: Look) {
    super(look)
    this.hide()
  }

  /** `heat`, 0 to 1: how fast it is. */
  update(x: number, y: number, color: string, heat: number, nowMs: number): void {
    const { calm, cssScale, scale } = this.look
    this.shownSinceMs ??= nowMs
    const came = calm ? 1 : Math.min(1, (nowMs - this.shownSinceMs) / 260)
    const size = Math.max(1, cssSizeMin / (10 * cssScale)) / scale
    const grown = came * (2 - came) * size
    this.core.setVisible(true).setPosition(x, y).setScale(grown)
    this.halo.setVisible(true).setPosition(x, y).setTint(toNumber(color)).setScale(grown * (0.95 + heat * 0.55))
    const last = this.past.at(-1)
    // What jumped did not fly.
    if (last !== undefined && Math.abs(last.x - x) + Math.abs(last.y - y) > 160) this.past = []
    this.past = this.past.filter(({ atMs }) => nowMs - atMs < trailMs * 1.5)
    this.past.push({ x, y, atMs: nowMs })
    for (const [index, dot] of this.trail.entries()) {
      const share = (index + 1) / dots
      const was = calm ? null : this.at(nowMs - share * trailMs)
      dot.setVisible(was !== null)
      if (was === null) continue
      const left = 1 - share
      dot
        .setPosition(was.x, was.y)
        .setTint(toNumber(color))
        .setAlpha(left * left * (0.5 + 0.35 * heat))
        .setScale(size * (0.25 + 0.62 * left))
    }
  }

  hide(): void {
    this.past = []
    this.shownSinceMs = null
    for (const image of [this.core, this.halo, ...this.trail]) image.setVisible(false)
  }

  /** Where it was shown then; null if it was not. */
  private at(ms: number): { readonly x: number; readonly y: number } | null {
    for (let index = this.past.length - 1; index > 0; index--) {
      const [from, to] = [this.past[index - 1]!, this.past[index]!]
      if (from.atMs > ms) continue
      const share = to.atMs === from.atMs ? 1 : Math.min(1, (ms - from.atMs) / (to.atMs - from.atMs))
      return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share }
    }
    return null
  }
}
