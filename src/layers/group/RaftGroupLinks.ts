/**
 * `RaftGroup` over links. One fiber steps: it looks at where this node is, at what peers say and at who is missing, and
 * does what `core/group` makes of that. While this node is in a group, that one's log runs beside it.
 */
import { Clock, Effect, Exit, FiberHandle, Layer, Random, Scope, Stream } from "effect"
import * as Changes from "../../core/group/Changes.ts"
import * as Founding from "../../core/group/Founding.ts"
import * as Meeting from "../../core/group/Meeting.ts"
import { initial } from "../../core/raft/Configuration.ts"
import type { Change } from "../../core/raft/ConfigurationChange.ts"
import { fresh, type Stored } from "../../core/raft/Entry.ts"
import type { Join, Presence } from "../../protocol/Group.ts"
import { GroupId, type PeerId } from "../../protocol/Ids.ts"
import { ClusterConfig } from "../../services/ClusterConfig.ts"
import { FailureDetector, type PeerHealth } from "../../services/FailureDetector.ts"
import { type Envelope, MessageQueues } from "../../services/MessageQueues.ts"
import { NodeIdentity } from "../../services/NodeIdentity.ts"
import { PeerLinks } from "../../services/PeerLinks.ts"
import { type GroupStanding, type Guard, RaftGroup, type RaftGroupService } from "../../services/RaftGroup.ts"
import { type KeptGroup, RaftGroupStorage } from "../../services/RaftGroupStorage.ts"
import type { RaftStorageError, RaftStorageService } from "../../services/RaftStorage.ts"
import { Subscribers } from "../queues/Subscribers.ts"
import * as RaftLogLinks from "../raft/RaftLogLinks.ts"
import { GroupMembership } from "./GroupMembership.ts"
import * as GroupNotes from "./GroupNotes.ts"
import { GroupSurroundings } from "./GroupSurroundings.ts"
import { MuteLinks } from "./MuteLinks.ts"
import { defaults, type Options } from "./RaftGroupOptions.ts"

export { defaults, type Options } from "./RaftGroupOptions.ts"

/** The most changes that wait for a subscriber. */
const changesMax = 64
/** How often this node looks, besides when something happens, in milliseconds. */
const lookEveryMs = 50
/** A link by way of another peer is asked for so often, and a lighter group's leader told, in milliseconds. */
const againMs = 500
/** Who was told that its group is the lighter one gives way soon; this one does not give way to it meanwhile. */
const boundMs = 3_000
/** A newcomer whom its group has forgotten after so long looks for another, in milliseconds. */
const forgottenMs = 3_000

const words = 0x1_0000_0000

const make = Effect.fnUntraced(function*(given: Partial<Options>) {
  const options: Options = { ...defaults, ...given }
  const { listenMs } = yield* ClusterConfig
  const { peerId: self } = yield* NodeIdentity
  const links = yield* PeerLinks
  const queues = yield* MessageQueues
  const detector = yield* FailureDetector
  const storage = yield* RaftGroupStorage
  const clock = yield* Clock.clockWith(Effect.succeed)
  const context = yield* Effect.context<PeerLinks | MessageQueues | NodeIdentity>()
  const nowMs = () => Number(clock.unsafeCurrentTimeNanos()) / 1e6

  const around = new GroupSurroundings()
  const muteLinks = new MuteLinks()
  const changes = new Subscribers<GroupStanding | null>(changesMax, "sliding")
  const work = Effect.unsafeMakeLatch(true)
  const look = (): void => void work.unsafeOpen()
  /** What comes for a log that this node is not in. */
  const dropping = yield* FiberHandle.make()

  let membership: GroupMembership | null = null
  /** Since when this node has been where it is: in no group, or in one that it has not got into yet. */
  let sinceMs = nowMs()
  /** The reign that this node had accepted was given up by a group that it has left. */
  let hasGiven = false
  let guard: Guard = {
    mayChange: () => true,
    mayJoin: () => true,
    accepted: () => null,
    seq: () => membership?.node.applied.index ?? 0
  }
  let standing: GroupStanding | null = null
  let told: Presence | null = null
  let toldAt = -Infinity
  let askedAt = -Infinity
  let asked: { readonly group: GroupId; readonly stage: Join["stage"] } | null = null
  let turns = 0
  let health: ReadonlyMap<PeerId, PeerHealth> = new Map()
  /** Whether a peer can be heard: a link that is up need not be of any use. */
  const isHere = (peer: PeerId): boolean => around.sights.has(peer) && health.get(peer)?.state !== "suspect"
  /** When something was last done that is not done again at once. */
  const doneAt = new Map<string, number>()

  const isDue = (what: string, everyMs: number): boolean => {
    if (nowMs() - (doneAt.get(what) ?? -Infinity) < everyMs) return false
    if (doneAt.size > changesMax) doneAt.clear()
    doneAt.set(what, nowMs())
    return true
  }

  // ------------------------------------------------------------------------------------------------- in and out

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
      ...(first === undefined ? {} : { first })
    }).pipe(Scope.extend(scope), Effect.provide(context))
    entered.membership = membership = new GroupMembership(
      kept.group,
      kept.welcomedAt,
      log,
      node,
      notes,
      hasGiven,
      runs,
      scope
    )
    sinceMs = nowMs()
    around.missNobody()
    yield* Effect.logDebug(`is in group ${kept.group}`)
  })

  const begin = Effect.fnUntraced(function*(kept: KeptGroup, first: Stored) {
    yield* enter(kept, yield* storage.begin(kept), first)
  })

  const leave = Effect.fnUntraced(function*(left: GroupMembership) {
    membership = null
    sinceMs = nowMs()
    yield* Scope.close(left.scope, Exit.void)
    yield* drop
    yield* Effect.logDebug(`has left group ${left.group}`)
  })

  const drop = FiberHandle.run(dropping, Effect.forever(queues.take("raft")))

  // ------------------------------------------------------------------------------------------------- in no group

  const found = Effect.gen(function*() {
    const parts = yield* Effect.replicateEffect(Random.nextIntBetween(0, words), 2)
    const group = GroupId.make(parts.map((part) => part.toString(16).padStart(8, "0")).join(""))
    yield* begin({ group, welcomedAt: -1 }, fresh(initial([self])))
    membership?.node.campaign()
  })

  const stepOutside = Effect.suspend((): Effect.Effect<unknown, RaftStorageError> => {
    const { dissolved, sights, welcome } = around
    around.welcome = null
    if (welcome !== null && asked?.group === welcome.message.group) {
      const { from, message: { group, index, term } } = welcome
      const stored = fresh(initial([]))
      return begin({ group, welcomedAt: index }, { ...stored, hardState: { term, vote: from, commit: 0 } })
    }
    // Where a group gave way there is another, even if this node cannot see it for a while.
    const patience = hasGiven ? { listenMs: options.removeAfterMs, patienceMs: options.removeAfterMs } : options
    const forMs = nowMs() - sinceMs
    const step = Founding.next({ self, sights, dissolved, forMs }, { listenMs, ...patience })
    switch (step._tag) {
      case "wait":
        return Effect.void
      case "found":
        return found
      case "ask":
        return ask(step.leader, step.group, "fresh")
    }
  })

  const ask = (leader: PeerId, group: GroupId, stage: Join["stage"]) => {
    if (!isHere(leader)) return reach(leader)
    const isNew = asked?.group !== group || asked.stage !== stage
    if (!isNew && nowMs() - askedAt < options.askEveryMs) return Effect.void
    asked = { group, stage }
    askedAt = nowMs()
    return links.send(leader, "group", { _tag: "join", group, stage, accepted: guard.accepted(), given: hasGiven })
  }

  /** By way of a peer that follows it. Not all of them have a link of their own with it, so they take turns. */
  const reach = (leader: PeerId): Effect.Effect<void> => {
    const ways = [...around.sights].filter(([peer, sight]) =>
      sight?.leader === leader && peer !== leader && isHere(peer)
    )
    const way = ways[turns % ways.length]
    if (way === undefined || !isDue(`reach ${leader}`, againMs)) return Effect.void
    turns++
    return links.reach(leader, way[0])
  }

  const renew = (mute: ReadonlyArray<PeerId>) =>
    Effect.forEach(muteLinks.next(mute, nowMs()), links.renew, { discard: true })

  // ------------------------------------------------------------------------------------------------- in a group

  const stepInside = Effect.fnUntraced(function*(mine: GroupMembership) {
    if (mine.notes.into !== null || around.dissolved.has(mine.group)) {
      hasGiven = true
      around.learnDissolved(mine.group)
      return yield* leave(mine)
    }
    if (mine.isEstablished) return yield* stepLeading(mine)
    around.missNobody()
    yield* stepFollowing(mine)
  })

  const stepFollowing = Effect.fnUntraced(function*(mine: GroupMembership) {
    // It leads, and has not applied yet what leaders before it committed.
    if (mine.leader === self) return
    const heard = mine.leader ?? around.leaderOf(mine.group, mine.node.raft.term, self)
    // Somebody leads, and this node does not hear from it.
    if (heard !== null && !isHere(heard)) return yield* reach(heard)
    yield* renew(mine.leader === null && heard !== null ? [heard] : [])
    const stage = stageAt(mine, heard)
    if (stage === "voter") {
      hasGiven = false
      return
    }
    if (heard !== null) yield* ask(heard, mine.group, stage)
    else if (mine.stage !== "voter" && nowMs() - sinceMs >= forgottenMs) yield* leave(mine)
  })

  /** What its leader says counts more than its own log: that may be of a time when this node was a member. */
  const stageAt = (mine: GroupMembership, leader: PeerId | null) => {
    const { stage } = mine
    const sight = leader === null ? null : around.sights.get(leader) ?? null
    const isOut = stage === "voter" && sight !== null && sight.leader === leader && sight.group === mine.group
      && sight.term >= mine.node.raft.term && !sight.voters.includes(self) && !sight.learners.includes(self)
    return isOut ? "welcomed" : stage
  }

  const stepLeading = Effect.fnUntraced(function*(mine: GroupMembership) {
    hasGiven = false
    const { node } = mine
    const others = [...mine.voters, ...mine.learners].filter((member) => member !== self)
    const absences = around.absences(others, isHere, nowMs())
    yield* renew(others.filter((peer) => isHere(peer) && node.raft.followers.get(peer)?.active === false))
    yield* meet(mine)
    if (!mine.isSettled) return
    const { learners, voters } = mine
    const hasCaughtUp = mine.hasCaughtUp.bind(mine)
    const step = Changes.next(
      { self, voters, learners, asks: asksOf(mine), absences, hasCaughtUp },
      options.removeAfterMs
    )
    if (step === null) return
    if (step._tag === "welcome") {
      around.asks.delete(step.peer)
      const { commit, term } = node.raft
      yield* links.send(step.peer, "group", { _tag: "welcome", group: mine.group, term, index: commit })
      return look()
    }
    const after = votersAfter(voters, step.change)
    if (after.length !== voters.length && !guard.mayChange(after)) return
    if (!node.change(step.change)) return
    if (step.change._tag !== "remove") around.asks.delete(step.change.node)
    yield* Effect.logDebug(`${step.change._tag} ${step.change.node} in group ${mine.group}`)
  })

  /** What is asked of this group that may be done by now. */
  const asksOf = (mine: GroupMembership): ReadonlyMap<PeerId, Join> => {
    const asks = new Map<PeerId, Join>()
    for (const [peer, join] of around.asks) {
      const isOver = !isHere(peer) || join.group !== mine.group ||
        (join.stage !== "fresh" && mine.voters.includes(peer))
      if (isOver) around.asks.delete(peer)
      else if (guard.mayJoin(join.accepted, join.given)) asks.set(peer, join)
    }
    return asks
  }

  /** Another group is there: one of the two gives way. */
  const meet = Effect.fnUntraced(function*(mine: GroupMembership) {
    const weight = { group: mine.group, voters: mine.voters.length, seq: guard.seq() }
    const { lighter } = around
    around.lighter = null
    if (lighter !== null && lighter.message.lighter.group === mine.group) {
      const { group } = lighter.message.heavier
      if (around.sights.get(lighter.from)?.group === group && !around.dissolved.has(group)) dissolve(mine, group)
    }
    for (const step of Meeting.next(weight, around.sights, around.dissolved)) {
      if (step._tag === "tell") {
        if (!isDue(`lighter ${step.lighter.group}`, againMs)) continue
        yield* links.send(step.to, "group", { _tag: "lighter", lighter: step.lighter, heavier: step.heavier })
      } else if (nowMs() - (doneAt.get(`lighter ${step.into}`) ?? -Infinity) >= boundMs) dissolve(mine, step.into)
    }
    for (const leader of Meeting.unreached(mine.group, around.sights, around.dissolved)) yield* reach(leader)
  })

  /** The entry is asked for again if another leader takes over before it is committed. */
  const dissolve = (mine: GroupMembership, into: GroupId): void => {
    if (!isDue(`dissolve ${mine.group}`, againMs)) return
    mine.node.note(GroupNotes.dissolved(into))
  }

  // ------------------------------------------------------------------------------------------------- telling

  const presence = (): Presence => ({
    _tag: "presence",
    group: membership?.group ?? null,
    term: membership?.node.raft.term ?? 0,
    // Whoever leads says so once it knows what it leads.
    leader: membership === null || (membership.leader === self && !membership.isEstablished) ? null : membership.leader,
    voters: membership?.voters ?? [],
    learners: membership?.learners ?? [],
    seq: guard.seq(),
    dissolved: [...around.dissolved]
  })

  const tell = Effect.suspend(() => {
    const now = presence()
    const due = nowMs() - toldAt >= options.tellEveryMs
    if (told !== null && !due && isSame(told, now)) return Effect.void
    told = now
    toldAt = nowMs()
    return links.broadcast(around.sights.keys(), "group", now)
  })

  const publish = (): void => {
    const next = membership?.standing() ?? null
    if (isSameStanding(standing, next)) return
    standing = next
    changes.publish(next)
  }

  const step = Effect.gen(function*() {
    const before = membership
    health = yield* detector.health
    yield* membership === null ? stepOutside : stepInside(membership)
    publish()
    yield* tell
    // A place that is new has its first step at once.
    if (membership !== before) look()
  })

  const run = Effect.gen(function*() {
    const last = yield* storage.last
    if (last === null) yield* drop
    else yield* enter(last.kept, last.storage)
    while (true) {
      yield* work.await
      yield* Effect.yieldNow()
      work.unsafeClose()
      yield* step
    }
  })

  yield* Effect.addFinalizer(() => {
    changes.end()
    return membership === null ? Effect.void : Scope.close(membership.scope, Exit.void)
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
      return change._tag === "up" ? links.send(change.peer.peerId, "group", presence()) : Effect.void
    })
  )
  yield* Effect.forkScoped(Effect.forever(Effect.map(queues.take("group"), hear)))
  yield* Effect.forkScoped(Effect.forever(Effect.zipRight(Effect.sleep(lookEveryMs), Effect.sync(look))))
  yield* Effect.forkScoped(Effect.orDie(run))

  return {
    now: () => standing,
    changes: Stream.suspend(() => changes.stream(() => [standing])),
    watch: (observer) => changes.watch(() => [standing], observer),
    note: (body) => membership?.node.note(GroupNotes.note(body)) ?? false,
    guard: (next) =>
      Effect.sync(() => {
        guard = next
      }),
    look
  } satisfies RaftGroupService as RaftGroupService
})

const votersAfter = (voters: ReadonlyArray<PeerId>, { _tag, node }: Change): ReadonlyArray<PeerId> => {
  const others = voters.filter((voter) => voter !== node)
  return _tag === "voter" ? [...others, node] : others
}

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
export const layer = (options: Partial<Options> = {}): Layer.Layer<
  RaftGroup,
  never,
  PeerLinks | MessageQueues | NodeIdentity | ClusterConfig | FailureDetector | RaftGroupStorage
> => Layer.scoped(RaftGroup, make(options))
