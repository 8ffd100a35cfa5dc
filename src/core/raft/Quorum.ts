/**
 * What a majority has, or says. In a joint configuration nothing is decided without a majority of the old voters and
 * one of the new (section 6 of the Raft paper).
 */
import type { PeerId } from "../../protocol/Ids.ts"
import type { Configuration } from "./Configuration.ts"

type Voters = ReadonlyArray<PeerId>

/** Won or lost whatever those who have not answered will say; pending otherwise. */
export type Verdict = "won" | "lost" | "pending"

/** More than half of so many. */
export const majority = (voters: number): number => Math.floor(voters / 2) + 1

/**
 * The highest number that a majority of these has reached; Infinity where there are none, so that they hinder nobody.
 */
const reachedBy = (voters: Voters, numberOf: (voter: PeerId) => number): number => {
  if (voters.length === 0) return Infinity
  if (voters.length === 1) return numberOf(voters[0]!)
  const numbers: Array<number> = []
  for (const voter of voters) {
    const number = numberOf(voter)
    // Insertion sort, greatest first: there are few.
    let at = numbers.length
    while (at > 0 && numbers[at - 1]! < number) at--
    numbers.splice(at, 0, number)
  }
  return numbers[majority(voters.length) - 1]!
}

/** The highest number that a quorum has reached: with the indexes up to which logs match, what may be committed. */
export const reached = (
  { outgoing, voters }: Pick<Configuration, "voters" | "outgoing">,
  numberOf: (voter: PeerId) => number
): number => Math.min(reachedBy(voters, numberOf), reachedBy(outgoing, numberOf))

const voteAmong = (voters: Voters, voteOf: (voter: PeerId) => boolean | undefined): Verdict => {
  let granted = 0
  let refused = 0
  for (const voter of voters) {
    const vote = voteOf(voter)
    if (vote === true) granted++
    else if (vote === false) refused++
  }
  const needed = majority(voters.length)
  if (voters.length === 0 || granted >= needed) return "won"
  return voters.length - refused < needed ? "lost" : "pending"
}

/** How a vote stands. `voteOf` gives undefined for who has not answered. */
export const verdict = (
  { outgoing, voters }: Pick<Configuration, "voters" | "outgoing">,
  voteOf: (voter: PeerId) => boolean | undefined
): Verdict => {
  const ours = voteAmong(voters, voteOf)
  const theirs = voteAmong(outgoing, voteOf)
  if (ours === theirs) return ours
  return ours === "lost" || theirs === "lost" ? "lost" : "pending"
}
