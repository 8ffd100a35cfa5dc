/** Into a group and out of it: while this node is in one, that one's log runs. */
import { Effect, Exit, FiberHandle, Random, Scope } from "effect"
import { initial } from "../../core/raft/Configuration.ts"
import { fresh, type Stored } from "../../core/raft/Entry.ts"
import { GroupId } from "../../protocol/Ids.ts"
import { MessageQueues } from "../../services/MessageQueues.ts"
import type { NodeIdentity } from "../../services/NodeIdentity.ts"
import type { PeerLinks } from "../../services/PeerLinks.ts"
import { type KeptGroup, RaftGroupStorage } from "../../services/RaftGroupStorage.ts"
import type { RaftStorageService } from "../../services/RaftStorage.ts"
import * as RaftLogLinks from "../raft/RaftLogLinks.ts"
import type { GroupDesk } from "./GroupDesk.ts"
import { GroupMembership } from "./GroupMembership.ts"
import * as GroupNotes from "./GroupNotes.ts"

const words = 0x1_0000_0000

export const make = Effect.fnUntraced(function*(desk: GroupDesk) {
  const { around, look, nowMs, options, self } = desk
  const queues = yield* MessageQueues
  const storage = yield* RaftGroupStorage
  const context = yield* Effect.context<PeerLinks | MessageQueues | NodeIdentity>()
  /** What comes for a log that this node is not in. */
  const dropping = yield* FiberHandle.make()
  const drop = FiberHandle.run(dropping, Effect.forever(queues.take("raft")))

  const enter = Effect.fnUntraced(function*(kept: KeptGroup, own: RaftStorageService, first?: Stored) {
    yield* FiberHandle.clear(dropping)
    const scope = yield* Scope.make()
    const notes = new GroupNotes.GroupNotes()
    const entered: { membership: GroupMembership | null } = { membership: null }
    const { log, node, runs } = yield* RaftLogLinks.run({ ...options.raft, group: kept.group, voters: [] }, {
      storage: own,
      machine: options.machine(kept.group),
      notes,
      turned: look,
      accepts: (message) => entered.membership?.accepts(message) ?? false,
      first
    }).pipe(Scope.extend(scope), Effect.provide(context))
    entered.membership = desk.membership = new GroupMembership(
      kept.group,
      kept.welcomedAt,
      log,
      node,
      notes,
      desk.hasGiven,
      runs,
      scope
    )
    desk.sinceMs = nowMs()
    around.missNobody()
    yield* Effect.logDebug(`is in group ${kept.group}`)
  })

  const begin = Effect.fnUntraced(function*(kept: KeptGroup, first: Stored) {
    yield* enter(kept, yield* storage.begin(kept), first)
  })

  return {
    /** Where this node was when it last ran, if that is kept. */
    enterLast: Effect.gen(function*() {
      const last = yield* storage.last
      if (last === null) yield* drop
      else yield* enter(last.kept, last.storage)
    }),
    begin,
    found: Effect.gen(function*() {
      const parts = yield* Effect.replicateEffect(Random.nextIntBetween(0, words), 2)
      const group = GroupId.make(parts.map((part) => part.toString(16).padStart(8, "0")).join(""))
      yield* begin({ group, welcomedAt: -1 }, fresh(initial([self])))
      desk.membership?.node.campaign()
    }),
    leave: Effect.fnUntraced(function*(left: GroupMembership) {
      desk.membership = null
      desk.sinceMs = nowMs()
      yield* Scope.close(left.scope, Exit.void)
      yield* drop
      yield* Effect.logDebug(`has left group ${left.group}`)
    })
  }
})

export type GroupDoors = Effect.Effect.Success<ReturnType<typeof make>>
