/** The same load on whatever takes commands: so many proposers, each of which waits for its command before the next. */
import { Effect } from "effect"
import * as Figures from "../../src/programs/bench/Figures.ts"
import type { BenchError } from "../../src/programs/bench/NodeProcess.ts"

/** Of each command, in bytes. */
export const payloadBytes = 64
/** What is measured comes after so much of the same load, in milliseconds. */
const warmUpMs = 1_000

/** Returns when the command is committed, and on the disks of a majority where there are any. */
export type Propose = (command: Uint8Array) => Effect.Effect<void, BenchError>

export interface Measured {
  readonly proposers: number
  readonly commits: number
  readonly commitsPerSecond: number
  /** From a proposal to its result. */
  readonly latencyMs: Figures.Distribution
}

/** A command that differs from all others, and is nothing that compresses well. */
export const commandOf = (proposer: number, number: number): Uint8Array => {
  const bytes = Buffer.allocUnsafe(payloadBytes)
  for (let at = 0, word = proposer * 0x9e3779b1 + number | 0; at < payloadBytes; at += 4) {
    word = Math.imul(word ^ word >>> 15, 0x2c1b3c6d) + at | 0
    bytes.writeInt32BE(word, at)
  }
  bytes.writeUInt32BE(proposer, 0)
  bytes.writeUInt32BE(number, 4)
  return bytes
}

/** What was measured between two moments: operations that ended there. */
export const measuredOf = (
  proposers: number,
  latenciesMs: ReadonlyArray<number>,
  elapsedMs: number
): Measured => ({
  proposers,
  commits: latenciesMs.length,
  commitsPerSecond: elapsedMs > 0 ? Math.round(latenciesMs.length / elapsedMs * 1_000) : 0,
  latencyMs: Figures.distribution(latenciesMs, 2)
})

/** The first command that fails ends it. */
export const run = Effect.fnUntraced(function*(propose: Propose, proposers: number, seconds: number) {
  const latenciesMs: Array<number> = []
  const fromMs = performance.now() + warmUpMs
  const untilMs = fromMs + seconds * 1_000
  let lastMs = fromMs
  const proposer = Effect.fnUntraced(function*(proposer: number) {
    for (let number = 0, now = performance.now(); now < untilMs; number++) {
      const began = now
      yield* propose(commandOf(proposer, number))
      now = performance.now()
      if (now < fromMs || now > untilMs) continue
      latenciesMs.push(now - began)
      lastMs = now
    }
  })
  yield* Effect.forEach(Array.from({ length: proposers }, (_, i) => i), proposer, {
    concurrency: "unbounded",
    discard: true
  })
  return measuredOf(proposers, latenciesMs, lastMs - fromMs)
})
