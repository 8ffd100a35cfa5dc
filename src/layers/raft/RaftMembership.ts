/** How the membership and the leadership are changed from the leader (Raft paper, section 6; dissertation, chapter 4). */
import { Effect } from "effect"
import { isVoter } from "../../core/raft/Configuration.ts"
import type { Change } from "../../core/raft/ConfigurationChange.ts"
import type { Refusal } from "../../core/raft/Raft.ts"
import type { PeerId } from "../../protocol/Ids.ts"
import { RaftLogError } from "../../services/RaftLog.ts"
import type { RaftNode } from "./RaftNode.ts"

const late = new RaftLogError({ reason: "unknown-outcome", detail: "it did not come about in time; it may do so yet" })

const errorOf = (refusal: Refusal): RaftLogError =>
  refusal.reason === "not-leader"
    ? new RaftLogError({ reason: "not-leader", detail: "another node leads, or none", leader: refusal.leader })
    : new RaftLogError({ reason: "refused", detail: refusal.reason })

/** What passes by itself. */
const passing: ReadonlySet<Refusal["reason"]> = new Set(
  ["not-established", "change-pending", "transferring", "log-full", "joint"] as const
)

export const make = (node: RaftNode, timeoutTicks: number, electionTicks: number, wake: () => void) => {
  const { raft } = node

  /** Makes a change and waits until it is committed, or is overwritten. */
  const change = Effect.fnUntraced(function*(change: Change) {
    wake()
    const { index, term } = yield* node.conditions.until(
      () => {
        const proposed = raft.change({ _tag: "simple", changes: [change] })
        if (proposed._tag === "refused") return passing.has(proposed.reason) ? undefined : errorOf(proposed)
        wake()
        return { index: proposed.index, term: proposed.term }
      },
      timeoutTicks,
      new RaftLogError({ reason: "unavailable", detail: "another change was under way all the time" })
    )
    yield* node.conditions.until(
      () => {
        const now = raft.termAt(index)
        if (now !== undefined && now !== term) {
          return new RaftLogError({ reason: "unavailable", detail: "another leader took over before it was committed" })
        }
        return raft.commit >= index || undefined
      },
      timeoutTicks,
      late
    )
  })

  const addMember = Effect.fn("RaftLog.addMember")(function*(peer: PeerId) {
    if (raft.role !== "leader") return yield* errorOf({ reason: "not-leader", leader: raft.leader })
    if (isVoter(raft.configuration, peer)) return
    yield* change({ _tag: "learner", node: peer })
    yield* node.conditions.until(
      () => {
        if (raft.role !== "leader") return errorOf({ reason: "not-leader", leader: raft.leader })
        return node.hasCaughtUp(peer) || undefined
      },
      timeoutTicks,
      new RaftLogError({ reason: "unavailable", detail: "the new member did not catch up in time: it is a learner" })
    )
    yield* change({ _tag: "voter", node: peer })
  })

  const removeMember = Effect.fn("RaftLog.removeMember")(function*(peer: PeerId) {
    if (raft.role !== "leader") return yield* errorOf({ reason: "not-leader", leader: raft.leader })
    yield* change({ _tag: "remove", node: peer })
  })

  const transfer = Effect.fn("RaftLog.transfer")(function*(to: PeerId) {
    const { term } = raft
    const asked = raft.transfer(to)
    if (asked._tag === "refused") return yield* errorOf(asked)
    wake()
    yield* node.conditions.until(
      () => {
        if (raft.term === term || raft.leader === null) return undefined
        return raft.leader === to ? true : errorOf({ reason: "not-leader", leader: raft.leader })
      },
      3 * electionTicks,
      late
    )
  })

  return { addMember, removeMember, transfer }
}
