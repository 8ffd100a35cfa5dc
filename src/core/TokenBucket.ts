/** A token bucket: fills at a steady rate up to its size, and what is taken must be in it (RFC 2697 has the idea). */
export class TokenBucket {
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
