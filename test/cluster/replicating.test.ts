/** How a log gets from its host to a follower: one side real, the other moved by hand. */
import { Context, Effect, Stream } from "effect"
import { assert, describe } from "vitest"
import * as Room from "../../src/core/Room.ts"
import type { Event, Head } from "../../src/protocol/Event.ts"
import { mainRoom, type Seq } from "../../src/protocol/Ids.ts"
import { equals, ref, type Reign, type ReignRef } from "../../src/protocol/Reign.ts"
import type { LogEvents } from "../../src/protocol/Replication.ts"
import { Replica } from "../../src/services/Replica.ts"
import { inTime } from "./checks.ts"
import { advance, type Cluster, idOf, makeCluster, stateOf, statusOf } from "./cluster.ts"
import { hostAndPuppet } from "./hostAndPuppet.ts"
import * as Puppet from "./puppet.ts"
import { tallyOf } from "./tally.ts"

const game = tallyOf()

const logsOf = (puppet: Puppet.Puppet): ReadonlyArray<LogEvents> =>
  Puppet.ofKind(puppet.heard.replication, "events").flatMap(({ logs }) => logs)

const heldBy = (puppet: Puppet.Puppet): ReadonlyArray<number> =>
  Puppet.ofKind(puppet.heard.progress, "held").flatMap(({ logs }) => logs.map(({ seq }) => seq))

const eventsOf = (puppet: Puppet.Puppet): ReadonlyArray<Event> => logsOf(puppet).flatMap(({ events }) => events)

describe("a host", () => {
  inTime(
    "asks whoever is new where its logs end, and brings it there with a snapshot, then with each event",
    () =>
      Effect.gen(function*() {
        const { puppet, reign } = yield* hostAndPuppet()
        assert.deepInclude(puppet.heard.sync[0], { _tag: "sync-request", reign })
        yield* advance(200)
        const [snapshot, ...more] = Puppet.ofKind(puppet.heard.replication, "snapshot")
        assert.isEmpty(more)
        assert.strictEqual(snapshot!.why, "join")
        const events = eventsOf(puppet)
        assert.isAtLeast(events.length, 4)
        assert.deepStrictEqual(
          events.map(({ seq }) => seq as number),
          events.map((_, i) => snapshot!.snapshot.seq + 1 + i)
        )
      })
  )

  inTime("gives who lacks some events exactly those", () =>
    Effect.gen(function*() {
      const { cluster, puppet, reign } = yield* hostAndPuppet()
      yield* advance(500)
      const { seq } = yield* stateOf(cluster.node(2))
      puppet.heard.replication.length = 0
      yield* puppet.say(2, "progress", {
        _tag: "missing",
        reign,
        room: mainRoom,
        head: { reign, seq: (seq - 5) as Seq }
      })
      yield* advance(4)
      const frame = logsOf(puppet).find(({ events }) => events.length > 1)
      assert.deepStrictEqual(frame?.events.map((event) => event.seq as number), [
        seq - 4,
        seq - 3,
        seq - 2,
        seq - 1,
        seq
      ])
      assert.isEmpty(Puppet.ofKind(puppet.heard.replication, "snapshot"))
    }))

  inTime("gives a snapshot where the events are gone, and where states differ", () =>
    Effect.gen(function*() {
      const { cluster, puppet, reign } = yield* hostAndPuppet()
      yield* advance(1_200 * 50 + 2_000)
      const { seq } = yield* stateOf(cluster.node(2))
      puppet.heard.replication.length = 0
      yield* puppet.say(2, "progress", { _tag: "missing", reign, room: mainRoom, head: { reign, seq: 3 as Seq } })
      yield* puppet.say(2, "progress", { _tag: "differs", reign, room: mainRoom, seq })
      yield* advance(4)
      const snapshots = Puppet.ofKind(puppet.heard.replication, "snapshot")
      assert.deepStrictEqual(snapshots.map(({ why }) => why), ["lag", "differs"])
      assert.isAtLeast(snapshots[0]!.snapshot.seq, seq)
    }))

  for (const other of [false, true]) {
    inTime(
      `gives who comes back with ${other ? "another log the whole state" : "a part of the log the rest"}`,
      () =>
        Effect.gen(function*() {
          const { cluster, puppet, reign } = yield* hostAndPuppet()
          yield* advance(500)
          const { seq } = yield* stateOf(cluster.node(2))
          yield* cluster.lan.cut(idOf(1), idOf(2))
          yield* advance(400)
          yield* cluster.lan.heal(idOf(1), idOf(2))
          yield* advance(100)
          puppet.heard.replication.length = 0
          const ordered = other ? { ...reign, host: idOf(9) } : reign
          const head: Head = { room: mainRoom, reign: ordered, seq: (seq - 2) as Seq }
          yield* puppet.say(2, "progress", { _tag: "sync-answer", reign, forgot: false, heads: [head] })
          yield* advance(20)
          const [first] = puppet.heard.replication
          if (other) assert.strictEqual(first?._tag, "snapshot")
          else assert.strictEqual(first?._tag === "events" ? first.logs[0]!.events[0]!.seq : null, (seq - 1) as Seq)
        })
    )
  }

  inTime("shows its own screens nothing that nobody else holds", () =>
    Effect.gen(function*() {
      const { cluster, puppet, reign } = yield* hostAndPuppet()
      const host = cluster.node(2)
      const shown = host.views.at(-1)!.view.seq
      yield* advance(300)
      assert.strictEqual(host.views.at(-1)!.view.seq, shown, "the puppet has told of no event that it holds")
      const [first] = eventsOf(puppet)
      yield* puppet.say(2, "progress", { _tag: "held", reign, logs: [{ room: mainRoom, seq: first!.seq }] })
      yield* advance(5)
      assert.strictEqual(host.views.at(-1)!.view.seq, first!.seq)
    }))

  inTime("hears nothing that is said under another reign", () =>
    Effect.gen(function*() {
      const { cluster, puppet, reign } = yield* hostAndPuppet()
      yield* advance(200)
      const older = { ...reign, epoch: 0 as Reign["epoch"] }
      puppet.heard.replication.length = 0
      yield* puppet.say(2, "progress", { _tag: "differs", reign: older, room: mainRoom, seq: 1 as Seq })
      yield* puppet.say(2, "progress", {
        _tag: "missing",
        reign: older,
        room: mainRoom,
        head: { reign, seq: 1 as Seq }
      })
      const { seq } = yield* stateOf(cluster.node(2))
      yield* puppet.say(2, "progress", { _tag: "held", reign: older, logs: [{ room: mainRoom, seq }] })
      yield* advance(20)
      assert.isEmpty(Puppet.ofKind(puppet.heard.replication, "snapshot"))
      for (const { events } of logsOf(puppet)) assert.lengthOf(events, 1)
      assert.isBelow(cluster.node(2).views.at(-1)!.view.seq, seq)
    }))
})

const root = { epoch: 1 as Reign["epoch"], host: idOf(3) }
const reign: Reign = { epoch: 5 as Reign["epoch"], host: idOf(3), members: [idOf(1), idOf(3)], root }

/** A real node 1, and a puppet 3 that it follows. */
const followerAndPuppet = Effect.gen(function*() {
  const cluster = yield* makeCluster()
  const puppet = yield* Puppet.make(cluster.lan, 3)
  const node = yield* cluster.start(1)
  yield* advance(200)
  yield* puppet.follow(ref(reign))
  yield* puppet.say(1, "bully", { _tag: "coordinator", reign, cause: "start", over: [], after: null })
  yield* puppet.say(1, "sync", { _tag: "sync-request", reign: ref(reign) })
  yield* advance(20)
  return { cluster, puppet, node }
})

const opened: Event = { _tag: "opened", seq: 1 as Seq, room: mainRoom, seed: 1 }
const tick = (seq: number): Event => ({ _tag: "tick", seq: seq as Seq, inputs: [] })
const fold = (events: ReadonlyArray<Event>): Room.RoomState =>
  events.reduce<Room.RoomState | null>(
    (state, event) => Room.apply(game, state, event, ref(reign)) as Room.RoomState,
    null
  )!

const give = (
  puppet: Puppet.Puppet,
  events: ReadonlyArray<Event>,
  { after = null, digest = null, shown = events.at(-1)!.seq, under = ref(reign) }: {
    readonly shown?: number
    readonly after?: ReignRef | null
    readonly digest?: number | null
    readonly under?: typeof reign | ReturnType<typeof ref>
  } = {}
) =>
  Effect.zipRight(
    puppet.say(1, "replication", {
      _tag: "events",
      reign: ref(under),
      logs: [{
        room: mainRoom,
        after,
        events,
        shown: shown as Seq,
        digest: digest === null ? null : { seq: events.at(-1)!.seq, hash: digest }
      }]
    }),
    advance(10)
  )

/** Brings node 1 under a newer reign of the puppet's, whose log it has not seen yet. */
const healedOver = Effect.fnUntraced(function*(puppet: Puppet.Puppet) {
  const next: Reign = { ...reign, epoch: 6 as Reign["epoch"] }
  yield* puppet.say(1, "bully", {
    _tag: "coordinator",
    reign: next,
    cause: "heal",
    over: [ref(reign)],
    after: ref(reign)
  })
  yield* advance(20)
  puppet.heard.progress.length = 0
  return next
})

const clockOf = (cluster: Cluster) => Effect.map(stateOf(cluster.node(1)), (state) => state.clock as number)

describe("a follower", () => {
  inTime("says where its logs end when it has accepted the reign, and not before", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster()
      const puppet = yield* Puppet.make(cluster.lan, 3)
      yield* cluster.start(1)
      yield* advance(200)
      yield* puppet.say(1, "sync", { _tag: "sync-request", reign: ref(reign) })
      yield* advance(20)
      assert.isEmpty(puppet.heard.progress)
      yield* puppet.say(1, "bully", { _tag: "coordinator", reign, cause: "start", over: [], after: null })
      yield* advance(20)
      assert.deepStrictEqual(puppet.heard.progress, [{
        _tag: "sync-answer",
        reign: ref(reign),
        forgot: false,
        heads: []
      }])
    }))

  inTime("folds events in order, says what it holds, and takes none twice", () =>
    Effect.gen(function*() {
      const { cluster, puppet } = yield* followerAndPuppet
      yield* give(puppet, [opened, tick(2), tick(3)])
      yield* give(puppet, [tick(2), tick(3)])
      yield* give(puppet, [tick(3), tick(4)])
      assert.strictEqual(yield* clockOf(cluster), 3)
      assert.deepStrictEqual(heldBy(puppet), [3, 3, 4])
      assert.isEmpty(Puppet.ofKind(puppet.heard.progress, "missing"))
    }))

  inTime("that missed some asks for those after the last it has, and for no others", () =>
    Effect.gen(function*() {
      const { cluster, puppet } = yield* followerAndPuppet
      yield* give(puppet, [opened, tick(2)])
      yield* give(puppet, [tick(5)])
      assert.deepStrictEqual(Puppet.ofKind(puppet.heard.progress, "missing"), [
        { _tag: "missing", reign: ref(reign), room: mainRoom, head: { reign: ref(reign), seq: 2 as Seq } }
      ])
      assert.strictEqual(yield* clockOf(cluster), 1)
      yield* give(puppet, [tick(3), tick(4), tick(5)])
      assert.strictEqual(yield* clockOf(cluster), 4)
    }))

  inTime(
    "folds nothing onto another log, though its numbers fit, but says where its own ends",
    () =>
      Effect.gen(function*() {
        const { cluster, node, puppet } = yield* followerAndPuppet
        yield* give(puppet, [opened, tick(2), tick(3)])
        const hash = Room.hash(yield* stateOf(node))
        const next = yield* healedOver(puppet)
        // The host's log has another event 3, which it has shown to be so by an event 4 that follows on that.
        const reigned: Event = { _tag: "reigned", seq: 3 as Seq, reign: ref(next), cause: "heal" }
        yield* give(puppet, [tick(4)], { under: next })
        yield* give(puppet, [tick(3)], { under: next })
        assert.strictEqual(Room.hash(yield* stateOf(node)), hash)
        assert.isEmpty(Puppet.ofKind(puppet.heard.progress, "held"))
        const head = { reign: ref(reign), seq: 3 as Seq }
        const missing = { _tag: "missing" as const, reign: ref(next), room: mainRoom, head }
        assert.deepStrictEqual(Puppet.ofKind(puppet.heard.progress, "missing"), [missing, missing])
        // What follows on its own log is folded.
        yield* give(puppet, [{ ...reigned, seq: 4 as Seq }], { under: next, after: ref(reign) })
        assert.strictEqual((yield* stateOf(node)).reign.epoch, next.epoch)
        assert.strictEqual(yield* clockOf(cluster), 2)
      })
  )

  inTime(
    "shows nothing of its own log that the host of a newer reign lets screens see of another",
    () =>
      Effect.gen(function*() {
        const { node, puppet } = yield* followerAndPuppet
        yield* give(puppet, [opened, tick(2), tick(3)], { shown: 1 })
        const next = yield* healedOver(puppet)
        yield* puppet.say(1, "replication", {
          _tag: "shown",
          reign: ref(next),
          logs: [{ room: mainRoom, seq: 9 as Seq }]
        })
        yield* advance(20)
        assert.strictEqual(node.views.at(-1)!.view.seq, 1 as Seq)
      })
  )

  inTime("whose state differs says so, takes the host's, and holds that from then on", () =>
    Effect.gen(function*() {
      const { cluster, puppet } = yield* followerAndPuppet
      const log = [opened, tick(2)]
      yield* give(puppet, log, { digest: Room.hash(fold(log)) })
      assert.isEmpty(Puppet.ofKind(puppet.heard.progress, "differs"))
      yield* give(puppet, [tick(3)], { digest: 12345 })
      assert.lengthOf(Puppet.ofKind(puppet.heard.progress, "differs"), 1)
      const truth = { ...fold([...log, tick(3)]), game: { mark: 99, ticks: 2, seats: {} } }
      yield* puppet.say(1, "replication", {
        _tag: "snapshot",
        reign: ref(reign),
        snapshot: truth,
        shown: 3 as Seq,
        why: "differs"
      })
      yield* advance(10)
      assert.strictEqual(Room.hash(yield* stateOf(cluster.node(1))), Room.hash(truth))
      assert.isEmpty(cluster.node(1).notices.filter((notice) => "lost" in notice), "it is the same log")
    }))

  inTime("takes no state, and no input, that the game's schema refuses", () =>
    Effect.gen(function*() {
      const { cluster, node, puppet } = yield* followerAndPuppet
      yield* give(puppet, [opened, tick(2)])
      yield* puppet.say(1, "replication", {
        _tag: "snapshot",
        reign: ref(reign),
        snapshot: { ...fold([opened, tick(2)]), game: { mark: "?" } },
        shown: 2 as Seq,
        why: "lag"
      })
      yield* give(puppet, [{ _tag: "tick", seq: 3 as Seq, inputs: [[1 as never, 1 as never, { add: "x" }]] }])
      assert.strictEqual(yield* clockOf(cluster), 1)
      assert.strictEqual((yield* statusOf(node)).counters.framesRejected, 2)
    }))

  inTime("lets an older reign's frames, and those of who is no host, change nothing", () =>
    Effect.gen(function*() {
      const { cluster, node, puppet } = yield* followerAndPuppet
      yield* give(puppet, [opened, tick(2)])
      const hash = Room.hash(yield* stateOf(node))
      const { framesFenced } = (yield* statusOf(node)).counters
      const older: Reign = { ...reign, epoch: 4 as Reign["epoch"] }
      yield* give(puppet, [tick(3)], { under: older })
      yield* give(puppet, [tick(3)], { under: { ...reign, epoch: 6 as Reign["epoch"] } })
      yield* give(puppet, [tick(3)], { under: { ...reign, host: idOf(9) } })
      yield* puppet.say(1, "sync", { _tag: "sync-fetch", reign: ref(older), room: mainRoom })
      yield* puppet.say(1, "bully", {
        _tag: "coordinator",
        reign: older,
        cause: "crash",
        over: [ref(reign)],
        after: null
      })
      yield* advance(20)
      assert.strictEqual(Room.hash(yield* stateOf(node)), hash)
      assert.isTrue(equals(node.standings.at(-1)!.reign, reign))
      assert.isEmpty(Puppet.ofKind(puppet.heard.progress, "sync-state"))
      assert.strictEqual((yield* statusOf(node)).counters.framesFenced, framesFenced + 4)
      assert.strictEqual(yield* clockOf(cluster), 1)
    }))

  inTime("shows its screens no more than the host lets it", () =>
    Effect.gen(function*() {
      const { node, puppet } = yield* followerAndPuppet
      yield* give(puppet, [opened])
      yield* puppet.say(1, "replication", {
        _tag: "events",
        reign: ref(reign),
        logs: [{ room: mainRoom, after: null, events: [tick(2), tick(3), tick(4)], shown: 2 as Seq, digest: null }]
      })
      yield* advance(10)
      assert.strictEqual(node.views.at(-1)!.view.seq, 2 as Seq)
      yield* puppet.say(1, "replication", {
        _tag: "shown",
        reign: ref(reign),
        logs: [{ room: mainRoom, seq: 4 as Seq }]
      })
      yield* advance(10)
      assert.strictEqual(node.views.at(-1)!.view.seq, 4 as Seq)
    }))

  inTime("shows what was ordered under an older reign as that reign's, whoever lets it", () =>
    Effect.gen(function*() {
      const { node, puppet } = yield* followerAndPuppet
      yield* give(puppet, [opened, tick(2), tick(3), tick(4)], { shown: 2 })
      const next = yield* healedOver(puppet)
      const epochs = () => node.views.slice(-2).map(({ epoch, view }) => [view.seq as number, epoch as number])
      const reigned: Event = { _tag: "reigned", seq: 6 as Seq, reign: ref(next), cause: "heal" }
      yield* give(puppet, [tick(5), reigned], { after: ref(reign), under: next, shown: 3 })
      assert.deepStrictEqual(epochs(), [[2, 5], [3, 5]])
      // Who begins to watch is told no other epoch.
      const [late] = yield* Stream.runCollect(Stream.take(Context.get(node.context, Replica).shown(mainRoom), 1))
      assert.strictEqual(late!.epoch as number, 5)
      yield* puppet.say(1, "replication", {
        _tag: "shown",
        reign: ref(next),
        logs: [{ room: mainRoom, seq: 6 as Seq }]
      })
      yield* advance(10)
      assert.deepStrictEqual(epochs(), [[3, 5], [6, 6]])
    }))
})

describe("a follower that was cut off", () => {
  for (const [cutMs, whole] of [[5_000, false], [300_000, true]] as const) {
    inTime(
      `for ${cutMs / 1000} s gets ${whole ? "the room whole" : "exactly the events that it lacks"}`,
      () =>
        Effect.gen(function*() {
          const cluster = yield* makeCluster({ settings: { quorum: true } })
          yield* cluster.startAll([1, 2, 3])
          yield* advance(1_000)
          const sentBy = (n: number) => Effect.map(statusOf(cluster.node(n)), ({ counters }) => counters)
          yield* cluster.split([1], [2, 3])
          yield* advance(1_000)
          const { seq } = yield* stateOf(cluster.node(1))
          yield* advance(cutMs - 1_000)
          const before = yield* sentBy(3)
          const lacks = (yield* stateOf(cluster.node(3))).seq - seq
          yield* cluster.rejoin([1], [2, 3])
          yield* advance(2_000)
          const after = yield* sentBy(3)
          assert.strictEqual(after.snapshotsSent - before.snapshotsSent, whole ? 1 : 0)
          const resent = after.eventsResent - before.eventsResent
          // Those, and what was ordered until it was heard again.
          if (whole) assert.strictEqual(resent, 0)
          else assert.isTrue(resent >= lacks && resent <= lacks + 60, `${resent} events for ${lacks}`)
          const head = (yield* stateOf(cluster.node(3))).seq
          assert.isAtMost(head - (yield* stateOf(cluster.node(1))).seq, 2)
        })
    )
  }
})
