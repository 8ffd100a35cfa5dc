/** What a simulation found: a promise that was broken. */

/** The promises of the design by number, and what is asked of a node besides. */
export const promises = {
  "1": "a node accepts at most one host per epoch, and its accepted reign never goes back",
  "2": "no screen's clock, score or acknowledgement goes back without being told",
  "3": "an acknowledged input is applied exactly once, any other at most once",
  "4": "a message of an older reign changes nothing",
  "5": "with faults over there is one host, one state, and nothing is left over",
  "6": "nothing enters unvalidated, and everything is bounded",
  "seen": "screens see only what survives the death of their host",
  "majority": "with a quorum, a reign begins with a majority of its members, and is left by consent only",
  "asks": "a host that stood still orders nothing before its peers have said that it still hosts",
  "elects": "without a quorum nobody is without a host for long, whoever does not answer",
  "healing": "of two reigns that meet the one with more members goes on",
  "takeover": "nobody takes over from a host that is well and can be reached",
  "alive": "no part of a node dies by itself",
  "invariant": "what must hold of a core's state holds after each of its steps",
  "coverage": "every fault that was asked for happens"
} as const

export type PromiseName = keyof typeof promises

export class Violation extends Error {
  override readonly name = "Violation"

  constructor(
    readonly promise: PromiseName,
    /** What was seen. */
    readonly detail: string,
    /** Virtual milliseconds since the run began. */
    readonly atMs: number
  ) {
    super(`promise ${promise} (${promises[promise]}) is broken after ${atMs.toFixed(1)} ms: ${detail}`)
  }
}
