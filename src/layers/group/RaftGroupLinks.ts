/**
 * `RaftGroup` over links. One fiber steps: it looks at where this node is, at what peers say and at who is missing, and
 * does what `core/group` makes of that. While this node is in a group, that one's log runs beside it.
 */
import { Clock, Effect, Exit, Layer, Scope, Stream } from "effect"
import type { Presence } from "../../protocol/Group.ts"
import type { PeerId } from "../../protocol/Ids.ts"
import { ClusterConfig } from "../../services/ClusterConfig.ts"
import { FailureDetector } from "../../services/FailureDetector.ts"
import { type Envelope, MessageQueues } from "../../services/MessageQueues.ts"
import { NodeIdentity } from "../../services/NodeIdentity.ts"
import { PeerLinks } from "../../services/PeerLinks.ts"
import { type GroupStanding, RaftGroup, type RaftGroupService } from "../../services/RaftGroup.ts"
import { Subscribers } from "../queues/Subscribers.ts"
import { GroupDesk } from "./GroupDesk.ts"
import * as GroupDoors from "./GroupDoors.ts"
import * as GroupFollowing from "./GroupFollowing.ts"
import * as GroupLeading from "./GroupLeading.ts"
import type { GroupMembership } from "./GroupMembership.ts"
import * as GroupNotes from "./GroupNotes.ts"
import { defaults, type Options } from "./RaftGroupOptions.ts"

export { defaults, type Options } from "./RaftGroupOptions.ts"

/** The most changes that wait for a subscriber. */
const changesMax = 64
/** How often this node looks, besides when something happens, in milliseconds. */
const lookEveryMs = 50

const make = Effect.fnUntraced(function*(given: Partial<Options>) {
  const options: Options = { ...defaults, ...given }
  const { listenMs } = yield* ClusterConfig
  const { peerId: self } = yield* NodeIdentity
  const links = yield* PeerLinks
  const queues = yield* MessageQueues
  const detector = yield* FailureDetector
  const clock = yield* Clock.clockWith(Effect.succeed)
  const nowMs = () => Number(clock.unsafeCurrentTimeNanos()) / 1e6

  const changes = new Subscribers<GroupStanding | null>(changesMax, "sliding")
  const work = Effect.unsafeMakeLatch(true)
  const look = (): void => void work.unsafeOpen()
  const desk = new GroupDesk(self, options, links, nowMs, look)
  const { around } = desk
  const doors = yield* GroupDoors.make(desk)
  const following = GroupFollowing.make(desk, doors, listenMs)
  const lead = GroupLeading.make(desk)

  let standing: GroupStanding | null = null
  let told: Presence | null = null
  let toldAt = -Infinity

  const stepInside = (mine: GroupMembership) => {
    if (mine.notes.into === null && !around.dissolved.has(mine.group)) {
      return mine.isEstablished ? lead(mine) : following.inside(mine)
    }
    desk.hasGiven = true
    around.learnDissolved(mine.group)
    return doors.leave(mine)
  }

  const tell = Effect.suspend(() => {
    const now = desk.presence()
    const due = nowMs() - toldAt >= options.tellEveryMs
    if (told !== null && !due && isSame(told, now)) return Effect.void
    told = now
    toldAt = nowMs()
    return links.broadcast(around.sights.keys(), "group", now)
  })

  const publish = (): void => {
    const next = desk.membership?.standing() ?? null
    if (isSameStanding(standing, next)) return
    standing = next
    changes.publish(next)
  }

  const step = Effect.gen(function*() {
    const before = desk.membership
    desk.health = yield* detector.health
    yield* before === null ? following.outside : stepInside(before)
    publish()
    yield* tell
    // A place that is new has its first step at once.
    if (desk.membership !== before) look()
  })

  const run = Effect.gen(function*() {
    yield* doors.enterLast
    while (true) {
      yield* work.await
      yield* Effect.yieldNow()
      work.unsafeClose()
      yield* step
    }
  })

  yield* Effect.addFinalizer(() => {
    changes.end()
    return desk.membership === null ? Effect.void : Scope.close(desk.membership.scope, Exit.void)
  })
  const hear = (envelopes: ReadonlyArray<Envelope<"group">>): void => {
    for (const { from, message } of envelopes) around.heard(from, message)
    look()
  }
  yield* detector.watch((change) =>
    Effect.suspend(() => {
      if (change._tag !== "up" && change._tag !== "down") return Effect.void
      // A peer's last words come before its end.
      if (change._tag === "down") hear(queues.drain("group"))
      around.linkChanged(change)
      look()
      // It hears from the first moment on where this node is.
      return change._tag === "up" ? links.send(change.peer.peerId, "group", desk.presence()) : Effect.void
    })
  )
  yield* Effect.forkScoped(Effect.forever(Effect.map(queues.take("group"), hear)))
  yield* Effect.forkScoped(Effect.forever(Effect.zipRight(Effect.sleep(lookEveryMs), Effect.sync(look))))
  yield* Effect.forkScoped(Effect.orDie(run))

  return {
    now: () => standing,
    changes: Stream.suspend(() => changes.stream(() => [standing])),
    watch: (observer) => changes.watch(() => [standing], observer),
    note: (body) => desk.membership?.node.note(GroupNotes.note(body)) ?? false,
    guard: (next) =>
      Effect.sync(() => {
        desk.guard = next
      }),
    look
  } satisfies RaftGroupService as RaftGroupService
})

const sameIds = (a: ReadonlyArray<PeerId>, b: ReadonlyArray<PeerId>): boolean =>
  a.length === b.length && a.every((id, at) => id === b[at])

/** But for what the group weighs, which grows all the time. */
const isSame = (a: Presence, b: Presence): boolean =>
  a.group === b.group && a.term === b.term && a.leader === b.leader && a.dissolved.length === b.dissolved.length
  && sameIds(a.voters, b.voters) && sameIds(a.learners, b.learners)

const isSameStanding = (a: GroupStanding | null, b: GroupStanding | null): boolean =>
  a === b || (a !== null && b !== null && a.group === b.group && a.log === b.log && a.term === b.term
    && a.leader === b.leader && a.isEstablished === b.isEstablished && a.isSettled === b.isSettled && a.note === b.note
    && sameIds(a.voters, b.voters) && sameIds(a.learners, b.learners))

/** A node that finds its group by itself. Its queues' `raft` and `group` conversations have no other taker. */
export const layer = (options: Partial<Options> = {}) => Layer.scoped(RaftGroup, make(options))
