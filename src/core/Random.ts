/**
 * A small deterministic random generator whose state is plain JSON data, so that it can live in a game's state and go
 * on, number for number, on another machine.
 *
 * It is sfc32 (Chris Doty-Humphrey, PractRand 0.94): four 32-bit words, a period of at least 2^32 and 2^127 on average,
 * integer arithmetic only. Good for games, never for secrets.
 */

/** The generator's state: four unsigned 32-bit integers. Never mutated; each draw answers the next state. */
export type Random = readonly [a: number, b: number, c: number, counter: number]

/** As in PractRand: after so many draws every bit of the state depends on every bit of the seed. */
const warmUpDraws = 12

/** How often `nextInt` draws anew before it takes what it has: each draw fails with less than ½, all with < 2^-64. */
const redrawsMax = 64

/** A generator from a seed, of which the low 32 bits count. Near seeds give unrelated sequences. */
export const make = (seed: number): Random => {
  let random: Random = [0, seed >>> 0, 0, 1]
  for (let draw = 0; draw < warmUpDraws; draw++) random = nextUint32(random)[1]
  return random
}

/** The next integer of 0 ≤ n < 2^32, each as likely, and the state after it. */
export const nextUint32 = ([a, b, c, counter]: Random): readonly [value: number, next: Random] => {
  const value = (a + b + counter) >>> 0
  return [value, [
    (b ^ (b >>> 9)) >>> 0,
    (c + (c << 3)) >>> 0,
    (((c << 21) | (c >>> 11)) + value) >>> 0,
    (counter + 1) >>> 0
  ]]
}

/**
 * The next integer of 0 ≤ n < `below`, each as likely (draws that would favour small ones are thrown away), and the
 * state after it.
 *
 * @throws RangeError unless `below` is an integer of 1 to 2^32.
 */
export const nextInt = (random: Random, below: number): readonly [value: number, next: Random] => {
  if (!Number.isInteger(below) || below < 1 || below > 0x100000000) {
    throw new RangeError(`nextInt: below must be an integer of 1 to 2^32, got ${below}`)
  }
  const fair = 0x100000000 - (0x100000000 % below)
  let [value, next] = nextUint32(random)
  for (let redraw = 0; value >= fair && redraw < redrawsMax; redraw++) [value, next] = nextUint32(next)
  return [value % below, next]
}

/**
 * A source of numbers 0 ≤ n < 1 for what need not be kept, such as a bot's whims: cheaper than the above, its state out of
 * reach. The low 32 bits of the seed count; the same seed gives the same sequence. It is mulberry32 (Tommy Ettinger), with
 * a period of 2^32.
 */
export const source = (seed: number): () => number => {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000
  }
}
