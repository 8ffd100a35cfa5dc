/**
 * Where an object bounces, learned from where it has bounced: between two samples with opposite speeds along an axis lies a
 * turning point, which the way and the time in between tell exactly. Where two of the last three agree, there is a wall.
 * What turns wherever it likes, such as a player, has no walls, and none are learned.
 */
const agreeWithin = 4
const kept = 3

/** Along one axis, in one direction. */
class Side {
  private turns: Array<number> = []
  wall: number | null = null

  turned(at: number): void {
    this.turns = [at, ...this.turns].slice(0, kept)
    this.wall = null
    for (let i = 0; i < this.turns.length; i++) {
      for (let j = i + 1; j < this.turns.length; j++) {
        if (this.wall === null && Math.abs(this.turns[i]! - this.turns[j]!) <= agreeWithin) {
          this.wall = (this.turns[i]! + this.turns[j]!) / 2
        }
      }
    }
  }

  /** It was seen beyond: there is no wall. */
  passed(): void {
    this.turns = []
    this.wall = null
  }
}

export class Walls {
  private readonly low = new Side()
  private readonly high = new Side()

  /** Walls that are known from the beginning, if any; they stay, whatever is seen. */
  constructor(private readonly told: readonly [low: number, high: number] | null = null) {}

  /** Speeds in units per millisecond. */
  learn(a: number, speedA: number, b: number, speedB: number, passedMs: number): void {
    if (this.told !== null) return
    if (this.low.wall !== null && b < this.low.wall - agreeWithin) this.low.passed()
    if (this.high.wall !== null && b > this.high.wall + agreeWithin) this.high.passed()
    // One turn, and as fast after it as before it.
    if (speedA * speedB >= 0 || Math.abs(speedA + speedB) > 0.1 * Math.abs(speedA)) return
    const way = Math.abs(speedA) * passedMs
    if (Math.abs(a - b) > way) return
    if (speedA > 0) this.high.turned((a + b + way) / 2)
    else this.low.turned((a + b - way) / 2)
  }

  /** Where something is that would be at `value` if there were no walls, coming from `from`. */
  folded(from: number, value: number): number {
    const low = Math.min(this.told?.[0] ?? this.low.wall ?? -Infinity, from)
    const high = Math.max(this.told?.[1] ?? this.high.wall ?? Infinity, from)
    let at = value
    if (high - low >= agreeWithin) {
      // Each fold takes off a way through the room; what is farther than this has long been lost.
      for (let folds = 0; folds < 16 && (at < low || at > high); folds++) at = at > high ? 2 * high - at : 2 * low - at
    }
    return Math.min(high, Math.max(low, at))
  }
}
