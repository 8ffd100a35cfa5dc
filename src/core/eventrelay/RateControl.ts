/**
 * How often senders on a channel may send, by what the relay and their readers take (row E10): halved where it is too much,
 * raised step by step where it is not (additive increase, multiplicative decrease, as in TCP's congestion avoidance).
 *
 * One slow reader among many slows nobody down: what it misses is passed over for it alone.
 */
export interface RateLimits {
  readonly perSecondMin: number
  readonly perSecondMax: number
}

/** What was seen since the last step. */
export interface Load {
  readonly readers: number
  /** Of these, for how many something had to wait. */
  readonly behind: number
  /** How late the relay itself is, in milliseconds. */
  readonly lagMs: number
}

/** From this share of readers on, it is the rate and not the reader. */
const behindShareMax = 0.25
/** A relay that is later than this has too much to do. */
const lagMsMax = 100
/** So many steps without trouble bring the lowest rate to the highest. */
const stepsToRecover = 20

/** The rate for the next step. */
export const nextRate = (perSecond: number, load: Load, { perSecondMax, perSecondMin }: RateLimits): number => {
  const tooMuch = load.lagMs > lagMsMax || (load.readers > 0 && load.behind / load.readers > behindShareMax)
  return tooMuch
    ? Math.max(perSecondMin, perSecond / 2)
    : Math.min(perSecondMax, perSecond + (perSecondMax - perSecondMin) / stepsToRecover)
}
