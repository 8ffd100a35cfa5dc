/** What a host makes of what other nodes want of it: a real host, and a puppet that says what it likes. */
import { Context, Effect } from "effect"
import { assert, describe } from "vitest"
import type { AnyGame } from "../../src/games/Game.ts"
import type { SeatRecord } from "../../src/protocol/Event.ts"
import {
  type InputNumber,
  mainRoom,
  type Profile,
  RoomId,
  type SeatId,
  type TokenHash
} from "../../src/protocol/Ids.ts"
import type { InputMessage } from "../../src/protocol/Input.ts"
import type { ReignRef } from "../../src/protocol/Reign.ts"
import { GameServer } from "../../src/services/GameServer.ts"
import { inTime } from "./checks.ts"
import { advance, type Cluster, idOf, stateOf, statesOf } from "./cluster.ts"
import { hostAndPuppet } from "./hostAndPuppet.ts"
import * as Puppet from "./puppet.ts"
import { raceOf } from "./race.ts"
import { tallyOf } from "./tally.ts"

const hashOf = (n: number) => `${n}`.repeat(64) as TokenHash
const profile: Profile = { name: "Mia", color: "#abcdef" }
const tickMs = 60

const seatsAt = (cluster: Cluster, room = mainRoom) => Effect.map(stateOf(cluster.node(2), room), ({ seats }) => seats)
const sumOf = (cluster: Cluster, seat: SeatId) =>
  Effect.map(
    stateOf(cluster.node(2)),
    ({ game }) => (game as { seats: Record<string, { sum: number }> }).seats[seat]?.sum
  )

const taking = (reign: ReignRef, n: number, node = idOf(1), room = mainRoom) =>
  ({ _tag: "take-seat", reign, room, tokenHash: hashOf(n), profile, node }) as const
const inputsOf = (reign: ReignRef, seat: SeatId, ...inputs: ReadonlyArray<readonly [number, unknown]>) =>
  ({
    _tag: "inputs",
    reign,
    room: mainRoom,
    seat,
    inputs: inputs.map(([number, input]) => [number as InputNumber, input] as const)
  }) as const
const quitting = (reign: ReignRef, seat: SeatId, how: "away" | "leave") =>
  ({ _tag: "quit-seat", reign, room: mainRoom, seat, for: how }) as const

/** Says these to the host, one after the other, and waits until they have been seen to. */
const sayer = (puppet: Puppet.Puppet) => (...messages: ReadonlyArray<InputMessage>) =>
  Effect.zipRight(
    Effect.forEach(messages, (message) => puppet.say(2, "input", message), { discard: true }),
    advance(tickMs)
  )

/** The puppet has a seat, and the host's own screens another one. */
const seated = (options: Parameters<typeof hostAndPuppet>[1] = {}) =>
  Effect.gen(function*() {
    const beside = yield* hostAndPuppet([], options)
    const { cluster, puppet, reign } = beside
    yield* puppet.say(2, "input", taking(reign, 1))
    yield* advance(tickMs)
    const host = Context.get(cluster.node(2).context, GameServer)
    yield* host.submit((present) => taking(present, 2, idOf(2)))
    yield* advance(tickMs)
    const [mine, theirs] = yield* seatsAt(cluster)
    return { ...beside, host, mine: mine!, theirs: theirs!, say: sayer(puppet) }
  })

describe("a host", () => {
  inTime("seats nobody in another node's name", () =>
    Effect.gen(function*() {
      const { cluster, puppet, reign } = yield* hostAndPuppet()
      for (const other of [idOf(2), idOf(3)]) yield* puppet.say(2, "input", taking(reign, 7, other))
      yield* advance(tickMs)
      assert.isEmpty(yield* seatsAt(cluster))
      yield* puppet.say(2, "input", taking(reign, 7))
      yield* advance(tickMs)
      assert.deepStrictEqual((yield* seatsAt(cluster)).map(({ node }) => node), [idOf(1)])
      // Nor does it bring a seat back to another one.
      yield* puppet.say(2, "input", taking(reign, 7, idOf(3)))
      yield* advance(tickMs)
      assert.deepStrictEqual((yield* seatsAt(cluster)).map(({ node }) => node), [idOf(1)])
    }))

  inTime(
    "applies a seat's inputs of the present reign, and none of an older one or of another host's",
    () =>
      Effect.gen(function*() {
        const { cluster, mine, reign, say } = yield* seated()
        const older = { ...reign, epoch: (reign.epoch - 1) as ReignRef["epoch"] }
        yield* say(
          inputsOf(older, mine.seat, [1, { add: 5 }]),
          inputsOf({ ...reign, host: idOf(1) }, mine.seat, [1, { add: 6 }])
        )
        assert.strictEqual(yield* sumOf(cluster, mine.seat), 0)
        yield* say(inputsOf(reign, mine.seat, [1, { add: 7 }]))
        assert.strictEqual(yield* sumOf(cluster, mine.seat), 7)
        yield* say(quitting(older, mine.seat, "leave"), taking(older, 3))
        assert.lengthOf(yield* seatsAt(cluster), 2)
      })
  )

  inTime("takes inputs, acts and goodbyes of who serves the seat only", () =>
    Effect.gen(function*() {
      const { cluster, host, mine, reign, say, theirs } = yield* seated()
      yield* say(inputsOf(reign, theirs.seat, [1, { add: 9 }]), quitting(reign, theirs.seat, "leave"))
      yield* say(quitting(reign, theirs.seat, "away"), quitting(reign, 99 as SeatId, "leave"))
      const [, other] = yield* seatsAt(cluster)
      assert.deepStrictEqual(other, theirs)
      // Played at another node now: what its old one says of it does not count, and what waited there is gone.
      yield* host.submit((present) => taking(present, 1, idOf(2)))
      assert.deepInclude((yield* seatsAt(cluster))[0], { seat: mine.seat, node: idOf(2) })
      yield* say(inputsOf(reign, mine.seat, [1, { add: 9 }]), quitting(reign, mine.seat, "leave"))
      assert.deepInclude((yield* seatsAt(cluster))[0], { node: idOf(2), lastInput: 0 as InputNumber, awaySince: null })
    }))

  inTime("applies none of a message's inputs where the game takes one of them for none", () =>
    Effect.gen(function*() {
      const { cluster, mine, reign, say } = yield* seated()
      yield* say(inputsOf(reign, mine.seat, [1, { add: 1 }], [2, { add: "two" }]))
      assert.strictEqual(yield* sumOf(cluster, mine.seat), 0)
      yield* say(inputsOf(reign, mine.seat, [1, { add: 1 }], [2, { add: 2 }]))
      assert.strictEqual(yield* sumOf(cluster, mine.seat), 3)
    }))

  inTime(
    "forgets the inputs of a seat that goes away or comes back, and notes neither twice",
    () =>
      Effect.gen(function*() {
        const { cluster, mine, puppet, reign, say } = yield* seated()
        puppet.heard.replication.length = 0
        yield* say(
          inputsOf(reign, mine.seat, [1, { add: 1 }]),
          quitting(reign, mine.seat, "away"),
          quitting(reign, mine.seat, "away")
        )
        assert.strictEqual(yield* sumOf(cluster, mine.seat), 0)
        assert.isNotNull((yield* seatsAt(cluster))[0]!.awaySince)
        yield* say(inputsOf(reign, mine.seat, [1, { add: 2 }]), taking(reign, 1), taking(reign, 1))
        const [seat] = yield* seatsAt(cluster)
        assert.deepInclude(seat, { seat: mine.seat, awaySince: null, lastInput: 0 as InputNumber })
        const events = Puppet.ofKind(puppet.heard.replication, "events")
          .flatMap(({ logs }) => logs.flatMap(({ events }) => events))
        assert.deepStrictEqual(events.filter(({ _tag }) => _tag !== "tick").map(({ _tag }) => _tag), ["away", "back"])
        yield* say(inputsOf(reign, mine.seat, [1, { add: 3 }]))
        assert.strictEqual(yield* sumOf(cluster, mine.seat), 3)
        yield* say(inputsOf(reign, mine.seat, [2, { add: 4 }]), quitting(reign, mine.seat, "leave"))
        assert.lengthOf(yield* seatsAt(cluster), 1)
      })
  )

  inTime("says to whom it refuses a seat, under which reign and why", () =>
    Effect.gen(function*() {
      const { cluster, puppet, reign, say } = yield* seated({ game: tallyOf({ seatsMax: 2 }) })
      yield* say(taking(reign, 3))
      assert.deepStrictEqual(Puppet.ofKind(puppet.heard.input, "seat-refused"), [
        { _tag: "seat-refused", reign, room: mainRoom, tokenHash: hashOf(3), reason: "full" }
      ])
      assert.lengthOf(yield* seatsAt(cluster), 2)
    }))

  inTime("opens a room once, for whoever asks first", () =>
    Effect.gen(function*() {
      const { cluster, reign, say } = yield* seated()
      const blue = RoomId.make("blue")
      yield* say({ _tag: "open-room", reign, room: blue, options: {} })
      const { seed, seq } = yield* stateOf(cluster.node(2), blue)
      yield* say({ _tag: "open-room", reign, room: blue, options: {} }, taking(reign, 5, idOf(1), blue))
      const after = yield* stateOf(cluster.node(2), blue)
      assert.strictEqual(after.seed, seed)
      assert.isAbove(after.seq, seq)
      assert.lengthOf(after.seats, 1)
    }))
})

describe("a host of matches", () => {
  const game = raceOf({ goal: 1_000, absence: "forfeit" })
  const act = (reign: ReignRef, seat: SeatId, what: "ready" | "vote", ballot = 0) =>
    ({ _tag: "act", reign, room: mainRoom, seat, act: what, ballot }) as const

  inTime("opens no room with options that its game does not take", () =>
    Effect.gen(function*() {
      const { cluster, reign, say } = yield* seated({ game })
      const room = (name: string, options: { readonly [key: string]: string | number }) =>
        ({ _tag: "open-room", reign, room: RoomId.make(name), options }) as const
      yield* say(
        room("bad", { goal: 0, absence: "forfeit" }),
        room("none", {}),
        room("good", { goal: 3, absence: "bot" })
      )
      const rooms = yield* statesOf(cluster.node(2))
      assert.deepStrictEqual(rooms.map(({ options, room }) => [room, options]), [
        ["good" as RoomId, { goal: 3, absence: "bot" }],
        [mainRoom, { goal: 1_000, absence: "forfeit" }]
      ])
    }))

  inTime(
    "takes no seat's act from a node that does not serve it, and notes only what changes something",
    () =>
      Effect.gen(function*() {
        const { cluster, mine, puppet, reign, say, theirs } = yield* seated({ game })
        yield* say(act(reign, theirs.seat, "ready"))
        assert.isEmpty((yield* stateOf(cluster.node(2))).match!.ready)
        puppet.heard.replication.length = 0
        yield* say(act(reign, mine.seat, "ready"), act(reign, mine.seat, "ready"))
        assert.deepStrictEqual([...(yield* stateOf(cluster.node(2))).match!.ready], [mine.seat])
        const acted = Puppet.ofKind(puppet.heard.replication, "events")
          .flatMap(({ logs }) => logs.flatMap(({ events }) => events)).filter(({ _tag }) => _tag === "acted")
        assert.lengthOf(acted, 1)
      })
  )

  inTime("gives as many seats as a match has players, though the game has more", () =>
    Effect.gen(function*() {
      const two = { ...game, match: { ...game.match!, players: () => ({ min: 2, max: 2 }) } } as AnyGame
      const { cluster, puppet, reign, say } = yield* seated({ game: two })
      yield* say(taking(reign, 3))
      assert.lengthOf(yield* seatsAt(cluster), 2)
      assert.strictEqual(Puppet.ofKind(puppet.heard.input, "seat-refused").at(-1)?.reason, "full")
    }))

  inTime("lets nobody new into a match that is played, and whoever has a seat back", () =>
    Effect.gen(function*() {
      const { cluster, puppet, reign } = yield* hostAndPuppet([], { game })
      const say = sayer(puppet)
      yield* say(taking(reign, 1), taking(reign, 2))
      const [mine, other] = (yield* seatsAt(cluster)) as unknown as readonly [SeatRecord, SeatRecord]
      yield* say(act(reign, mine.seat, "ready"), act(reign, other.seat, "ready"))
      yield* say(act(reign, mine.seat, "vote", 1), act(reign, other.seat, "vote", 1))
      yield* say(taking(reign, 3))
      assert.strictEqual(Puppet.ofKind(puppet.heard.input, "seat-refused").at(-1)?.reason, "started")
      yield* advance(3_000)
      assert.strictEqual((yield* stateOf(cluster.node(2))).match!.stage, "playing")
      yield* say(taking(reign, 3))
      assert.strictEqual(Puppet.ofKind(puppet.heard.input, "seat-refused").at(-1)?.reason, "started")
      yield* say(quitting(reign, mine.seat, "away"))
      yield* say(taking(reign, 1))
      assert.isNull((yield* seatsAt(cluster)).find(({ seat }) => seat === mine.seat)!.awaySince)
    }))
})
