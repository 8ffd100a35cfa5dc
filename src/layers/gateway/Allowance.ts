/** What a screen may send: a bucket of tokens that fills at a steady rate. */
export class Allowance {
  private tokens: number
  private atMs: number

  constructor(private readonly perSecond: number, private readonly most: number, nowMs: number) {
    this.tokens = most
    this.atMs = nowMs
  }

  /** Takes tokens if there are enough. */
  take(cost: number, nowMs: number): boolean {
    const passed = Math.max(0, nowMs - this.atMs)
    this.tokens = Math.min(this.most, this.tokens + (passed / 1000) * this.perSecond)
    this.atMs = nowMs
    if (this.tokens < cost) return false
    this.tokens -= cost
    return true
  }
}
