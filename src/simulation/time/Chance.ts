/**
 * Chance by seed: the same 64-bit seed gives the same sequence on every machine. Mutable and fast; a game's own chance,
 * which lives in its state, is `core/Random`.
 */

/** Adds what a stream of its own is called, so that one more draw here changes nothing there. FNV-1a. */
const hashOf = (name: string): bigint => {
  let hash = 0xcbf29ce484222325n
  for (let i = 0; i < name.length; i++) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(name.charCodeAt(i))) * 0x100000001b3n)
  }
  return hash
}

/** splitmix64 (Steele, Lea and Flood, OOPSLA 2014): spreads near seeds far apart. */
const splitmix = (seed: bigint) => () => {
  seed = BigInt.asUintN(64, seed + 0x9e3779b97f4a7c15n)
  let z = seed
  z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n)
  z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn)
  return z ^ (z >> 31n)
}

/** The highest seed; the lowest is 0. */
export const seedMax = (1n << 64n) - 1n

/** xoshiro128** (Blackman and Vigna, 2018). */
export class Chance {
  private a: number
  private b: number
  private c: number
  private d: number

  constructor(readonly seed: bigint) {
    const next = splitmix(BigInt.asUintN(64, seed))
    const [low, high] = [next(), next()]
    this.a = Number(low & 0xffffffffn)
    this.b = Number(low >> 32n)
    this.c = Number(high & 0xffffffffn)
    this.d = Number(high >> 32n) | 1
  }

  /** An independent sequence, the same for the same name. */
  stream(name: string): Chance {
    return new Chance(this.seed ^ hashOf(name))
  }

  /** 0 ≤ n < 2^32 */
  uint32(): number {
    const scrambled = Math.imul(this.b, 5)
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0
    const t = this.b << 9
    this.c ^= this.a
    this.d ^= this.b
    this.b ^= this.c
    this.a ^= this.d
    this.c ^= t
    this.d = (this.d << 11) | (this.d >>> 21)
    return result
  }

  /** For Effect's `Random.make`, whose hash makes a few seeds of all that are 2^31 or more. */
  randomSeed(): number {
    return this.uint32() >>> 1
  }

  /** 0 ≤ x < 1 */
  float(): number {
    return this.uint32() / 0x100000000
  }

  /** An integer, 0 ≤ n < `below`. */
  below(below: number): number {
    return Math.floor(this.float() * below)
  }

  /** A number, `min` ≤ x < `max`. */
  between(min: number, max: number): number {
    return min + this.float() * (max - min)
  }

  /** True with this probability. */
  happens(probability: number): boolean {
    return probability > 0 && this.float() < probability
  }

  pick<A>(from: ReadonlyArray<A>): A {
    return from[this.below(from.length)]!
  }

  /** One of the keys, each as likely as its weight is of their sum. */
  weighted<K extends string>(weights: Readonly<Partial<Record<K, number>>>): K {
    const entries = Object.entries(weights) as Array<[K, number]>
    let rest = this.float() * entries.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [key, weight] of entries) {
      rest -= weight
      if (rest < 0) return key
    }
    return entries.at(-1)![0]
  }

  /** The same items in another order. */
  shuffled<A>(items: ReadonlyArray<A>): Array<A> {
    const all = [...items]
    for (let i = all.length - 1; i > 0; i--) {
      const j = this.below(i + 1)
      const item = all[i]!
      all[i] = all[j]!
      all[j] = item
    }
    return all
  }
}
