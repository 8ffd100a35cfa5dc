/**
 * The core with one of its rules taken out, each in turn: a simulation that bites finds every one. They exist as
 * changes to the sources, made when a mutant is built, so that no program can ever have them.
 */
import type * as Known from "../../../mutation/known.ts"

export interface Mutant extends Known.Mutant {
  /** Under schedules that are about nothing but configurations while the nodes are split. */
  readonly duel?: true
}

const mutant = (lacks: string, file: string, from: string, to: string): Mutant => ({
  lacks,
  edits: [{ file, from, to }]
})

const voting: ReadonlyArray<Mutant> = [
  mutant("a vote that survives a restart", "Core.ts", "this.vote = stored.hardState.vote", "this.vote = null"),
  mutant(
    "a vote on disk before it is told",
    "Election.ts",
    "{ _tag: \"vote-answer\", term: core.term, granted }, \"all\")",
    "{ _tag: \"vote-answer\", term: core.term, granted }, \"nothing\")"
  ),
  mutant(
    "a candidate's term on disk before it asks for votes",
    "Election.ts",
    "core.role === \"pre-candidate\" ? \"nothing\" : \"all\"",
    "\"nothing\""
  ),
  mutant("one vote per term", "Election.ts", "core.vote === null || core.vote === from", "core.term > 0"),
  mutant(
    "votes only for who has all that is committed (5.4.1)",
    "Log.ts",
    "return lastTerm > this.lastTerm || (",
    "return lastTerm >= 0 || ("
  ),
  mutant(
    "pre-votes",
    "Election.ts",
    "core.role = \"pre-candidate\"",
    "if (core.term >= 0) return campaign(core, false)"
  ),
  mutant(
    "loyalty to a leader that is alive",
    "Election.ts",
    "core.leader !== null && core.electionElapsed < core.options.electionTicks",
    "core.leader !== null && core.electionElapsed < 0"
  ),
  mutant(
    "candidates who are needed for their logs, though they were taken out",
    "Log.ts",
    "return this.configurationIndex > commit && before",
    "return this.configurationIndex < commit && before"
  ),
  mutant(
    "a leader that counts who is there",
    "Leader.ts",
    "if (!isHeard(core)) return",
    "if (!isHeard(core) && core.term < 0) return"
  )
]

const replicating: ReadonlyArray<Mutant> = [
  mutant("the rule for older terms (5.4.2)", "Leader.ts", " || log.term(index) !== core.term) return", ") return"),
  mutant(
    "majorities: half is enough",
    "Quorum.ts",
    "Math.floor(voters / 2) + 1",
    "Math.max(1, Math.floor(voters / 2))"
  ),
  mutant(
    "entries on a follower's disk before it says so",
    "Follower.ts",
    "{ _tag: \"append-accepted\", term: core.term, match }, \"all\")",
    "{ _tag: \"append-accepted\", term: core.term, match }, \"nothing\")"
  ),
  mutant(
    "entries on a leader's disk before it counts itself",
    "Leader.ts",
    "Math.max(own.match, core.writes.lastIndex)",
    "core.log.lastIndex"
  ),
  mutant(
    "entries on disk before they are applied",
    "Raft.ts",
    "Math.min(core.commit, core.writes.lastIndex)",
    "core.commit"
  ),
  mutant(
    "writes under way that count no more after a cut",
    "Writes.ts",
    "write.lastIndex = Math.min(write.lastIndex, index)",
    "write.lastIndex += 0"
  ),
  mutant(
    "a look at the entry before (log matching)",
    "Follower.ts",
    "if (!log.matches(prevIndex, prevTerm)) {",
    "if (prevIndex > log.lastIndex) {"
  ),
  mutant(
    "entries that stay when an append is late",
    "Follower.ts",
    "while (same < entries.length && log",
    "while (same < 0 && log"
  ),
  mutant(
    "heartbeats that tell of no more than what matches",
    "Leader.ts",
    "Math.min(core.commit, progress.match)",
    "core.commit"
  ),
  mutant(
    "appends that commit no more than they brought",
    "Follower.ts",
    "core.commitTo(Math.min(commit, last))",
    "core.commitTo(Math.min(commit, log.lastIndex))"
  ),
  mutant(
    "appends that are sent again",
    "Replication.ts",
    "if (progress.mode === \"probe\" || progress.match < core.log.lastIndex) progress.due = true",
    "if (progress.match < 0) progress.due = true"
  )
]

const configuring: ReadonlyArray<Mutant> = [
  {
    lacks: "an entry of its own term before a leader changes voters",
    edits: [{
      file: "Raft.ts",
      from: "if (!Leader.isEstablished(core)) return",
      to: "if (!Leader.isEstablished(core) && core.term < 0) return"
    }],
    duel: true
  },
  mutant(
    "one change at a time",
    "Raft.ts",
    "if (core.log.configurationIndex > core.commit) return",
    "if (core.log.configurationIndex < 0) return"
  ),
  mutant("one voter at a time", "ConfigurationChange.ts", "differ(before, after) > 1 ?", "differ(before, after) > 9 ?"),
  mutant(
    "both majorities of a joint configuration",
    "Quorum.ts",
    "Math.min(reachedBy(voters, numberOf), reachedBy(outgoing, numberOf))",
    "outgoing.length < 0 ? 0 : reachedBy(voters, numberOf)"
  ),
  mutant(
    "both majorities' votes",
    "Quorum.ts",
    "const theirs = voteAmong(outgoing, voteOf)",
    "const theirs = outgoing.length < 0 ? voteAmong(outgoing, voteOf) : ours"
  ),
  mutant(
    "configurations that are in force as soon as they are in the log",
    "Log.ts",
    "return this.configurations[this.configurations.length - 1]!.configuration\n  }",
    "return this.configurations[Math.max(0, this.configurations.length - 2)]!.configuration\n  }"
  ),
  mutant(
    "configurations that go with their entries",
    "Log.ts",
    "while (this.configurationIndex > index) this.configurations.pop()",
    ""
  ),
  mutant(
    "a snapshot's own configuration",
    "Log.ts",
    "const configuration = this.configurationAt(index)",
    "const configuration = this.configuration"
  ),
  mutant(
    "a leader that leaves when it is taken out",
    "Leader.ts",
    "} else if (!configuration.voters.includes(core.self)) {",
    "} else if (core.term < 0) {"
  )
]

const reading: ReadonlyArray<Mutant> = [
  mutant("a majority's word for a read", "Reads.ts", "if (round < this.newest) return", "if (round < 0) return"),
  mutant(
    "an entry of its own term before a leader answers reads",
    "Leader.ts",
    "if (!isEstablished(core) || !core.reads.begin(core.commit)) return",
    "if (!core.reads.begin(core.commit)) return"
  ),
  mutant(
    "a new round for reads that come later",
    "Reads.ts",
    "    this.waiting.push(read)",
    "    if (this.isUnderWay) this.asked = [...this.asked, read]\n    else this.waiting.push(read)"
  )
]

export const mutants: ReadonlyArray<Mutant> = [...voting, ...replicating, ...configuring, ...reading]
