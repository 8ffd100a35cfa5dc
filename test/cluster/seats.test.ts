import { Context, Effect, Exit, Fiber, Option, Scope, Stream } from "effect"
import { assert, describe } from "vitest"
import { RoomId, type SeatToken } from "../../src/protocol/Ids.ts"
import { GameClient, type SeatError } from "../../src/services/GameClient.ts"
import { PeerLinks } from "../../src/services/PeerLinks.ts"
import { inTime, settledOn, unbroken } from "./checks.ts"
import { advance, type Cluster, idOf, makeCluster, stateOf, statesOf, statusOf, type TestNode } from "./cluster.ts"
import { tallyOf } from "./tally.ts"

const main = RoomId.make("main")
const tokenOf = (n: number) => `${n}`.repeat(32) as SeatToken
const player = (n: number) => ({ token: tokenOf(n), profile: { name: `player ${n}`, color: "#abcdef" } })

/** Takes a seat at a node, for as long as the scope is open. */
const take = (cluster: Cluster, node: TestNode, n: number, room = main) =>
  Effect.gen(function*() {
    const scope = yield* Scope.make()
    const client = Context.get(node.context, GameClient)
    const taking = yield* cluster.inside(node, Scope.extend(client.take(room, player(n)), scope))
    yield* advance(100)
    return { scope, held: yield* Fiber.join(taking), leave: Scope.close(scope, Exit.void) }
  })

describe("a seat", () => {
  inTime("is got at any node, and is the same seat for whoever comes with its token", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster()
      yield* cluster.startAll([1, 2])
      const first = yield* take(cluster, cluster.node(1), 7)
      yield* first.leave
      yield* advance(100)
      assert.isTrue((yield* statusOf(cluster.node(2))).players[0]!.away)
      const again = yield* take(cluster, cluster.node(2), 7)
      assert.strictEqual(again.held.seat, first.held.seat)
      const [seat] = (yield* stateOf(cluster.node(1))).seats
      assert.deepInclude(seat, { node: idOf(2), awaySince: null })
    }))

  inTime("looks unlike the others of its room, whatever colours were wished for", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster()
      yield* cluster.startAll([1, 2])
      for (const n of [4, 5, 6]) yield* take(cluster, cluster.node(1 + n % 2), n)
      const colors = (yield* stateOf(cluster.node(1))).seats.map(({ profile }) => profile.color)
      assert.strictEqual(colors[0], player(4).profile.color)
      assert.strictEqual(new Set(colors).size, 3)
    }))

  inTime("is valid at the successor, at whatever node its screen comes back", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster()
      yield* cluster.startAll([1, 2, 3])
      const atHost = yield* take(cluster, cluster.node(3), 7)
      const input = [1 as never, { add: 5 }] as const
      yield* atHost.held.input([input])
      yield* advance(200)
      yield* cluster.kill(cluster.node(3))
      yield* advance(500)
      const moved = yield* take(cluster, cluster.node(1), 7)
      assert.strictEqual(moved.held.seat, atHost.held.seat)
      const [seat] = (yield* stateOf(cluster.node(2))).seats
      assert.strictEqual(seat!.lastInput, 1 as never, "its inputs are counted on, not anew")
      yield* moved.held.input([input, [2 as never, { add: 6 }]])
      yield* advance(200)
      const state = yield* stateOf(cluster.node(2))
      assert.deepInclude(state.game as object, { seats: { [seat!.seat]: { sum: 11, count: 2, away: false } } })
    }))

  inTime("is kept for a while for who has gone away, and then given up", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster({ settings: { seatKeptMs: 3_000 } })
      yield* cluster.startAll([1, 2])
      const { leave } = yield* take(cluster, cluster.node(1), 7)
      yield* leave
      yield* advance(2_800)
      assert.lengthOf((yield* stateOf(cluster.node(1))).seats, 1)
      yield* advance(300)
      assert.isEmpty((yield* stateOf(cluster.node(1))).seats)
      assert.isEmpty(((yield* stateOf(cluster.node(1))).game as { seats: object[] }).seats)
    }))

  inTime("is away though its host had fallen silent when its player left", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster({ settings: { seatKeptMs: 60_000 } })
      yield* cluster.startAll([1, 2, 3])
      const { leave } = yield* take(cluster, cluster.node(1), 7)
      yield* cluster.freeze(cluster.node(3))
      yield* advance(10)
      yield* leave
      yield* advance(4_000)
      assert.isNotNull((yield* stateOf(cluster.node(2))).seats[0]!.awaySince)
      const again = yield* take(cluster, cluster.node(2), 7)
      yield* advance(3_000)
      const [seat] = (yield* stateOf(cluster.node(1))).seats
      assert.deepInclude(seat, { seat: again.held.seat, node: idOf(2), awaySince: null })
    }))

  inTime("is given up at once by who leaves for good", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster()
      yield* cluster.startAll([1, 2])
      const { held } = yield* take(cluster, cluster.node(1), 7)
      yield* cluster.inside(cluster.node(1), held.leave)
      yield* advance(100)
      assert.isEmpty((yield* stateOf(cluster.node(2))).seats)
    }))

  inTime("is refused where the room is full, unless somebody is away", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster({ game: tallyOf({ seatsMax: 2 }) })
      yield* cluster.startAll([1, 2])
      const [first] = [yield* take(cluster, cluster.node(1), 5), yield* take(cluster, cluster.node(2), 6)]
      const client = Context.get(cluster.node(1).context, GameClient)
      const third = yield* cluster.inside(cluster.node(1), Effect.scoped(Effect.flip(client.take(main, player(7)))))
      yield* advance(200)
      assert.strictEqual((yield* Fiber.join(third)).reason, "full" satisfies SeatError["reason"])
      yield* first.leave
      yield* advance(100)
      yield* take(cluster, cluster.node(1), 7)
      const names = (yield* statusOf(cluster.node(2))).players.map(({ name }) => name)
      assert.deepStrictEqual(names, ["player 6", "player 7"])
    }))

  inTime("that a split has cost, in a room that is full by now, is said to be gone", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster({
        game: tallyOf({ seatsMax: 2 }),
        settings: { preempt: false, seatKeptMs: 1_000 }
      })
      yield* cluster.startAll([1, 2, 3])
      yield* take(cluster, cluster.node(1), 5)
      const lost = yield* take(cluster, cluster.node(3), 6)
      const told = yield* cluster.inside(cluster.node(3), Effect.flip(Stream.runDrain(lost.held.seats)))
      yield* cluster.split([1, 2], [3])
      yield* advance(4_000)
      yield* take(cluster, cluster.node(2), 7)
      assert.isNull(yield* Fiber.poll(told).pipe(Effect.map(Option.getOrNull)), "it plays on, on its side")
      yield* cluster.rejoin([1, 2], [3])
      yield* advance(4_000)
      assert.strictEqual((yield* Fiber.join(told)).reason, "full" satisfies SeatError["reason"])
      yield* lost.leave
      yield* advance(500)
      const players = (yield* statusOf(cluster.node(3))).players.map(({ away, name }) => ({ away, name }))
      assert.deepStrictEqual(players, [{ away: false, name: "player 5" }, { away: false, name: "player 7" }])
    }))

  inTime("is nobody else's to play or to leave", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster()
      yield* cluster.startAll([1, 2, 3])
      yield* take(cluster, cluster.node(1), 7)
      const other = yield* take(cluster, cluster.node(2), 8)
      const before = yield* stateOf(cluster.node(3))
      const theirs = before.seats.find((seat) => seat.node === idOf(1))!.seat
      const node = cluster.node(2)
      const { reign } = node.standings.at(-1)!
      const links = Context.get(node.context, PeerLinks)
      yield* links.send(idOf(3), "input", {
        _tag: "inputs",
        reign: reign!,
        room: main,
        seat: theirs,
        inputs: [[1 as never, { add: 1 }]]
      })
      yield* links.send(idOf(3), "input", { _tag: "quit-seat", reign: reign!, room: main, seat: theirs, for: "leave" })
      yield* advance(200)
      const after = yield* stateOf(cluster.node(3))
      assert.deepStrictEqual(
        after.seats.find((seat) => seat.seat === theirs),
        before.seats.find((seat) => seat.seat === theirs)
      )
      assert.isDefined(other)
    }))

  inTime("waits for a host as long as it takes", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster({ settings: { quorum: true } })
      yield* cluster.startAll([1, 2])
      yield* cluster.kill(cluster.node(2))
      yield* advance(300)
      const client = Context.get(cluster.node(1).context, GameClient)
      const taking = yield* cluster.inside(cluster.node(1), Effect.scoped(client.take(main, player(7))))
      yield* advance(3_000)
      assert.isNull(taking.unsafePoll())
    }))
})

describe("a room", () => {
  inTime("is opened by whoever asks for a seat in it, and is there on every node", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster()
      yield* cluster.startAll([1, 2])
      const blue = RoomId.make("blue")
      yield* take(cluster, cluster.node(1), 7, blue)
      yield* advance(200)
      for (const node of cluster.live()) {
        assert.deepStrictEqual((yield* statesOf(node)).map(({ room }) => room), [blue, main])
      }
      const { clock } = yield* stateOf(cluster.node(2), blue)
      yield* advance(500)
      assert.isAtLeast((yield* stateOf(cluster.node(2), blue)).clock, clock + 9)
      assert.isEmpty((yield* stateOf(cluster.node(2))).seats, "who plays in one room has no seat in another")
    }))

  inTime("goes on with its host's successor, each by itself", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster()
      yield* cluster.startAll([1, 2, 3], { bots: 1 })
      const rooms = ["blue", "green"].map((name) => RoomId.make(name))
      for (const room of rooms) yield* cluster.addBot(cluster.node(1), room)
      yield* advance(500)
      const before = yield* Effect.forEach(rooms, (room) => stateOf(cluster.node(2), room))
      yield* cluster.kill(cluster.node(3))
      yield* advance(1_000)
      yield* settledOn(cluster, 2)
      for (const [i, room] of rooms.entries()) {
        const state = yield* stateOf(cluster.node(1), room)
        assert.isAbove(state.clock, before[i]!.clock)
        assert.strictEqual(state.seats[0]!.seat, before[i]!.seats[0]!.seat)
        assert.isAbove(state.seats[0]!.lastInput, before[i]!.seats[0]!.lastInput)
      }
    }))

  inTime("is closed on every node when it was empty for a minute; the main room never", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster({
        settings: { beatEveryMs: 100, stallMs: 1_000 },
        game: tallyOf({ tickRate: 4 })
      })
      yield* cluster.startAll([1, 2])
      const blue = RoomId.make("blue")
      const { held } = yield* take(cluster, cluster.node(1), 7, blue)
      yield* cluster.inside(cluster.node(1), held.leave)
      yield* advance(59_000)
      assert.lengthOf(yield* statesOf(cluster.node(1)), 2)
      yield* advance(3_000)
      for (const node of cluster.live()) assert.deepStrictEqual((yield* statesOf(node)).map(({ room }) => room), [main])
      // It may be opened anew, and is another one then.
      yield* take(cluster, cluster.node(2), 7, blue)
      yield* advance(500)
      for (const node of cluster.live()) assert.isBelow((yield* stateOf(node, blue)).seq, 20)
      yield* advance(300)
      assert.isEmpty((yield* stateOf(cluster.node(1))).seats)
    }))

  inTime("shows each of its screens every state in order, never one twice", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster()
      yield* cluster.startAll([1, 2], { bots: 1 })
      const client = Context.get(cluster.node(1).context, GameClient)
      const seen: Array<number> = []
      yield* cluster.inside(
        cluster.node(1),
        Stream.runForEach(client.watch(main), ({ view }) => Effect.sync(() => void seen.push(view.seq)))
      )
      yield* advance(1_000)
      assert.isAtLeast(seen.length, 20)
      assert.deepStrictEqual(seen, [...new Set(seen)].sort((a, b) => a - b))
      yield* unbroken(cluster.live())
    }))
})
