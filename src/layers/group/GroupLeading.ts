/** What a group's leader does: it takes nodes in and out, one at a time, and meets other groups. */
import { Effect } from "effect"
import * as Changes from "../../core/group/Changes.ts"
import * as Meeting from "../../core/group/Meeting.ts"
import type { Join } from "../../protocol/Group.ts"
import type { GroupId, PeerId } from "../../protocol/Ids.ts"
import { againMs, type GroupDesk } from "./GroupDesk.ts"
import type { GroupMembership } from "./GroupMembership.ts"
import * as GroupNotes from "./GroupNotes.ts"

/** Who was told that its group is the lighter one gives way soon; this one does not give way to it meanwhile. */
const boundMs = 3_000

export const make = (desk: GroupDesk) => {
  const { around, links, look, nowMs, options, self } = desk
  const isHere = (peer: PeerId): boolean => desk.isHere(peer)

  /** What is asked of this group that may be done by now. */
  const asksOf = (mine: GroupMembership): ReadonlyMap<PeerId, Join> => {
    const asks = new Map<PeerId, Join>()
    for (const [peer, join] of around.asks) {
      const isOver = !isHere(peer) || join.group !== mine.group ||
        (join.stage !== "fresh" && mine.voters.includes(peer))
      if (isOver) around.asks.delete(peer)
      else if (desk.guard.mayJoin(join.accepted, join.given)) asks.set(peer, join)
    }
    return asks
  }

  /** Another group is there: one of the two gives way. */
  const meet = Effect.fnUntraced(function*(mine: GroupMembership) {
    const weight = { group: mine.group, voters: mine.voters.length, seq: desk.guard.seq() }
    const { lighter } = around
    around.lighter = null
    if (lighter !== null && lighter.message.lighter.group === mine.group) {
      const { group } = lighter.message.heavier
      if (around.sights.get(lighter.from)?.group === group && !around.dissolved.has(group)) dissolve(mine, group)
    }
    for (const step of Meeting.next(weight, around.sights, around.dissolved)) {
      if (step._tag === "tell") {
        if (!desk.isDue(`lighter ${step.lighter.group}`, againMs)) continue
        yield* links.send(step.to, "group", { _tag: "lighter", lighter: step.lighter, heavier: step.heavier })
      } else if (!desk.wasDone(`lighter ${step.into}`, boundMs)) dissolve(mine, step.into)
    }
    for (const leader of Meeting.unreached(mine.group, around.sights, around.dissolved)) yield* desk.reach(leader)
  })

  /** The entry is asked for again if another leader takes over before it is committed. */
  const dissolve = (mine: GroupMembership, into: GroupId): void => {
    if (desk.isDue(`dissolve ${mine.group}`, againMs)) mine.node.note(GroupNotes.dissolved(into))
  }

  return Effect.fnUntraced(function*(mine: GroupMembership) {
    desk.hasGiven = false
    const { node } = mine
    const others = [...mine.voters, ...mine.learners].filter((member) => member !== self)
    const absences = around.absences(others, isHere, nowMs())
    yield* desk.renew(others.filter((peer) => isHere(peer) && node.raft.followers.get(peer)?.active === false))
    yield* meet(mine)
    if (!mine.isSettled) return
    const { learners, voters } = mine
    const step = Changes.next(
      { self, voters, learners, asks: asksOf(mine), absences, hasCaughtUp: (peer) => node.hasCaughtUp(peer) },
      options.removeAfterMs
    )
    if (step === null) return
    if (step._tag === "welcome") {
      around.asks.delete(step.peer)
      const { commit, term } = node.raft
      yield* links.send(step.peer, "group", { _tag: "welcome", group: mine.group, term, index: commit })
      return look()
    }
    const after = Changes.votersAfter(voters, step.change)
    if (after.length !== voters.length && !desk.guard.mayChange(after)) return
    if (!node.change(step.change)) return
    if (step.change._tag !== "remove") around.asks.delete(step.change.node)
    yield* Effect.logDebug(`${step.change._tag} ${step.change.node} in group ${mine.group}`)
  })
}
