/** What a node does that leads no group: it looks for one, finds its leader there, and is made a member. */
import { Effect } from "effect"
import * as Founding from "../../core/group/Founding.ts"
import { heardStage } from "../../core/group/Stage.ts"
import { initial } from "../../core/raft/Configuration.ts"
import { fresh } from "../../core/raft/Entry.ts"
import type { RaftStorageError } from "../../services/RaftStorage.ts"
import type { GroupDesk } from "./GroupDesk.ts"
import type { GroupDoors } from "./GroupDoors.ts"
import type { GroupMembership } from "./GroupMembership.ts"

/** A newcomer whom its group has forgotten after so long looks for another, in milliseconds. */
const forgottenMs = 3_000

export const make = (desk: GroupDesk, { begin, found, leave }: GroupDoors, listenMs: number) => {
  const { around, nowMs, options, self } = desk

  return {
    outside: Effect.suspend((): Effect.Effect<unknown, RaftStorageError> => {
      const { dissolved, sights, welcome } = around
      around.welcome = null
      if (welcome !== null && desk.asked?.group === welcome.message.group) {
        const { from, message: { group, index, term } } = welcome
        const stored = fresh(initial([]))
        return begin({ group, welcomedAt: index }, { ...stored, hardState: { term, vote: from, commit: 0 } })
      }
      // Where a group gave way there is another, even if this node cannot see it for a while.
      const patience = desk.hasGiven
        ? { listenMs: options.removeAfterMs, patienceMs: options.removeAfterMs }
        : options
      const forMs = nowMs() - desk.sinceMs
      const step = Founding.next({ self, sights, dissolved, forMs }, { listenMs, ...patience })
      switch (step._tag) {
        case "wait":
          return Effect.void
        case "found":
          return found
        case "ask":
          return desk.ask(step.leader, step.group, "fresh")
      }
    }),

    inside: Effect.fnUntraced(function*(mine: GroupMembership) {
      // It leads, and has not applied yet all that is committed: whom it misses, it goes on missing.
      if (mine.leader === self) return
      around.missNobody()
      const { term } = mine.node.raft
      const heard = mine.leader ?? around.leaderOf(mine.group, term, self)
      // Somebody leads, and this node does not hear from it.
      if (heard !== null && !desk.isHere(heard)) return yield* desk.reach(heard)
      yield* desk.renew(mine.leader === null && heard !== null ? [heard] : [])
      const sight = heard === null ? null : around.sights.get(heard) ?? null
      const stage = heardStage(self, mine.stage, mine.group, term, heard, sight)
      if (stage === "voter") {
        desk.hasGiven = false
        return
      }
      if (heard !== null) yield* desk.ask(heard, mine.group, stage)
      else if (mine.stage !== "voter" && nowMs() - desk.sinceMs >= forgottenMs) yield* leave(mine)
    })
  }
}
