/** What a node lets its screens do, and what it shows them, whatever carries them. */
import { Effect, Schema } from "effect"
import { assert, describe } from "vitest"
import { apply, type Patch } from "../../../src/core/Delta.ts"
import type { AnyGame } from "../../../src/games/Game.ts"
import { Gather } from "../../../src/games/Gather.ts"
import { screensMax } from "../../../src/layers/screens/ScreensServed.ts"
import { protocolVersion } from "../../../src/protocol/Discovery.ts"
import { inTime } from "../../cluster/checks.ts"
import { token } from "./gatewayHouse.ts"
import { peer } from "./memoryGame.ts"
import type { Saying } from "./screenClient.ts"
import { type DeskScreen, house, joining, settle } from "./screensHouse.ts"

const right = { dx: 1, dy: 0 }
const inputs = (epoch: number, ...numbers: ReadonlyArray<number>) =>
  ({ _tag: "inputs", epoch, inputs: numbers.map((number) => [number, right]) }) as const
const views = (screen: DeskScreen) => screen.all("snapshot", "delta")

describe("Screens: views", () => {
  inTime("of one connection are numbered upwards, whatever rooms it moves through", () =>
    Effect.gen(function*() {
      const { open, tick } = yield* house({ rooms: ["main", "other"] })
      const screen = open()
      for (const room of ["main", "other", "main", "other"]) {
        yield* screen.join(room)
        for (let i = 0; i < 3; i++) yield* tick
        assert.isAtLeast(views(screen).length, 3, room)
      }
      const numbers = views(screen).map(({ number }) => number)
      assert.deepStrictEqual(numbers, [...new Set(numbers)].sort((a, b) => a - b))
    }))

  inTime(
    "of a room that is opened again go on above what was sent of it, whatever was closed meanwhile",
    () =>
      Effect.gen(function*() {
        const { game, open } = yield* house({ rooms: ["main", "quiet", "lone"] })
        const [screen, beside] = [open(), open()]
        yield* beside.join("quiet")
        yield* screen.join("main")
        for (let i = 0; i < 3; i++) {
          game.happened(game.rooms.get("main")!)
          yield* settle
        }
        const before = views(screen).at(-1)!.number
        yield* screen.join("lone")
        // The room of which less was sent is closed last.
        yield* beside.join("main")
        yield* screen.join("main")
        assert.isAbove(views(screen).at(-1)!.number, before)
      })
  )

  inTime("are changes of the view before, and whole for who asks or comes anew", () =>
    Effect.gen(function*() {
      const { game, open, tick } = yield* house()
      const screen = open()
      yield* screen.join("main")
      // Seats of three, one after the other, each a change of its own.
      for (const digit of [1, 2, 3]) {
        game.seat(game.rooms.get("main")!, token(digit), { name: `P${digit}`, color: "#123456" })
      }
      yield* settle
      yield* tick
      yield* tick
      assert.strictEqual(views(screen)[0]?._tag, "snapshot")
      assert.isAtLeast(screen.all("delta").length, 3)
      assert.lengthOf(screen.all("snapshot"), 1)
      for (const delta of screen.all("delta")) {
        assert.strictEqual(delta.base, delta.number - 1)
      }
      const shown = screen.all("delta").reduce(
        (view, { patch }) => apply<unknown>(view, patch as Patch),
        screen.last("snapshot")!.view as unknown
      )
      assert.deepStrictEqual(shown, game.shown(game.rooms.get("main")!).view)
      const last = views(screen).length
      yield* screen.say({ _tag: "resync" })
      yield* screen.join("main")
      assert.deepStrictEqual(views(screen).slice(last).map(({ _tag }) => _tag), ["snapshot", "snapshot"])
      assert.strictEqual(new Set(views(screen).slice(last - 1).map(({ number }) => number)).size, 1)
    }))

  inTime(
    "are whole each time where some may be lost, and go by the way that drops old ones",
    () =>
      Effect.gen(function*() {
        const { open, tick } = yield* house()
        const screen = open(true)
        yield* screen.join("main")
        yield* tick
        assert.deepStrictEqual(screen.newest.map(({ _tag }) => _tag), ["snapshot", "snapshot"])
        assert.isEmpty(views(screen))
        assert.isDefined(screen.last("welcome"))
        assert.isDefined(screen.last("cluster"), "the picture of the cluster comes before anything has changed")
      })
  )

  inTime("come once each, and the picture of the cluster too, however often bytes leave", () =>
    Effect.gen(function*() {
      const { open, tick } = yield* house()
      const screen = open()
      yield* screen.join("main")
      screen.buffered = 64 * 1024 + 1
      yield* tick
      screen.buffered = 0
      for (let i = 0; i < 3; i++) screen.drained()
      assert.lengthOf(views(screen), 2)
      yield* tick
      assert.lengthOf(views(screen), 3)
      assert.lengthOf(screen.all("cluster"), 1)
    }))

  inTime(
    "of another room are never sent as changes of the first one's, whatever their numbers",
    () =>
      Effect.gen(function*() {
        const { game, open } = yield* house({ rooms: ["main", "other"] })
        const [screen, beside] = [open(), open()]
        yield* screen.join("main")
        yield* beside.join("other")
        for (const room of ["other", "other", "main"]) {
          game.happened(game.rooms.get(room)!)
          yield* settle
        }
        // The other room's newest view is one above what this screen holds.
        assert.strictEqual(views(beside).at(-1)!.number, views(screen).at(-1)!.number + 1)
        yield* screen.join("other")
        assert.strictEqual(views(screen).at(-1)?._tag, "snapshot")
      })
  )

  inTime(
    "are sent to nobody whose connection is closed, and nothing that still comes of it is done",
    () =>
      Effect.gen(function*() {
        const { game, open, tick } = yield* house()
        const screen = open()
        yield* screen.join("main")
        screen.ends.push("leaving")
        const before = screen.messages.length
        yield* tick
        game.tellCluster()
        game.succeed(game.self, { cause: "crash", nothingLost: true, interregnumMs: 1 }, null)
        yield* Effect.sleep(5_000)
        assert.lengthOf(screen.messages, before)
        assert.strictEqual(screen.asked, 0)
        yield* screen.gone
        yield* screen.join("main", token(1))
        assert.strictEqual(game.rooms.get("main")!.watchers.size, 0)
        assert.strictEqual(game.rooms.get("main")!.seats.size, 0)
      })
  )

  inTime("of a room that was left are not sent any more, nor folded for nobody", () =>
    Effect.gen(function*() {
      const { game, open, tick } = yield* house({ rooms: ["main", "other"] })
      const [first, second] = [open(), open()]
      yield* first.join("main")
      yield* second.join("main")
      assert.strictEqual(game.rooms.get("main")!.watchers.size, 1, "one subscription serves all")
      yield* first.join("other")
      yield* tick
      assert.strictEqual(first.last("delta")?.number, first.last("snapshot")!.number + 1)
      assert.isAbove(views(second).length, 1)
      yield* second.gone
      assert.strictEqual(game.rooms.get("main")!.watchers.size, 0)
      assert.strictEqual(game.rooms.get("other")!.watchers.size, 1)
    }))

  inTime("are spared whoever does not take them; the newest comes when it does", () =>
    Effect.gen(function*() {
      const { game, open, tick } = yield* house()
      const screen = open()
      yield* screen.join("main")
      screen.buffered = 64 * 1024
      yield* tick
      assert.lengthOf(views(screen), 2, "that much may be on its way")
      screen.buffered++
      const clusters = screen.all("cluster").length
      for (let i = 0; i < 3; i++) {
        yield* tick
        game.tellCluster()
      }
      yield* settle
      screen.drained()
      assert.lengthOf(views(screen), 2)
      assert.lengthOf(screen.all("cluster"), clusters)
      screen.buffered = 64 * 1024
      screen.drained()
      assert.lengthOf(screen.all("cluster"), clusters + 1, "the newest one only")
      const [, , last, ...more] = views(screen)
      assert.isEmpty(more)
      assert.strictEqual(last?._tag, "snapshot")
      yield* tick
      assert.strictEqual(views(screen).at(-1)?._tag, "delta")
      assert.isEmpty(screen.ends)
    }))
})

describe("Screens: who is ended", () => {
  inTime("who takes nothing for ten seconds, or has far too much on its way", () =>
    Effect.gen(function*() {
      const { open, tick } = yield* house()
      const [late, full, fine] = [open(), open(), open()]
      for (const screen of [late, full, fine]) yield* screen.join("main")
      late.buffered = 64 * 1024 + 1
      full.buffered = 4 * 1024 * 1024
      yield* tick
      assert.isEmpty(full.ends)
      full.buffered++
      yield* tick
      assert.strictEqual(full.ends[0], "slow")
      yield* Effect.sleep(9_900)
      for (const screen of [late, fine]) screen.heard()
      yield* tick
      assert.isEmpty(late.ends)
      yield* Effect.sleep(100)
      yield* tick
      assert.strictEqual(late.ends[0], "slow")
      assert.isEmpty(fine.ends)
      // Who was busy, was not, and is again, has its ten seconds anew.
      fine.buffered = 64 * 1024 + 1
      yield* tick
      yield* Effect.sleep(6_000)
      fine.buffered = 0
      fine.heard()
      yield* tick
      fine.buffered = 64 * 1024 + 1
      yield* tick
      yield* Effect.sleep(6_000)
      fine.heard()
      yield* tick
      assert.isEmpty(fine.ends)
    }))

  inTime("who sends 32 things that no schema takes, and not who sends 31", () =>
    Effect.gen(function*() {
      const { open, rejected } = yield* house()
      const screen = open()
      screen.babble(31)
      yield* screen.say({ _tag: "ping", at: 1 })
      assert.isEmpty(screen.ends)
      assert.strictEqual(yield* rejected, 31)
      screen.babble(1)
      assert.deepStrictEqual(screen.ends, ["invalid"])
      assert.strictEqual(yield* rejected, 32)
    }))

  inTime(
    "who is asked and does not answer for 15 s; what it says counts as an answer, and what it only hears",
    () =>
      Effect.gen(function*() {
        const { open } = yield* house()
        const [dead, answering, talking] = [open(), open(), open()]
        for (let i = 0; i < 3; i++) {
          yield* Effect.sleep(5_000)
          answering.heard()
          yield* talking.say({ _tag: "ping", at: i })
        }
        assert.isEmpty(dead.ends)
        assert.isAtLeast(dead.asked, 2)
        yield* Effect.sleep(5_000)
        assert.deepStrictEqual(dead.ends, ["silent"])
        for (const screen of [answering, talking]) assert.isEmpty(screen.ends)
      })
  )

  inTime("all, when the node leaves", () =>
    Effect.gen(function*() {
      const screen = yield* Effect.scoped(Effect.map(house(), ({ open }) => open()))
      assert.deepStrictEqual(screen.ends, ["leaving"])
    }))

  inTime("no more are taken than a node serves, and who goes makes room", () =>
    Effect.gen(function*() {
      const { open, screens } = yield* house()
      const all = Array.from({ length: screensMax - 1 }, () => open())
      assert.isFalse(screens.isFull())
      open()
      assert.isTrue(screens.isFull())
      assert.strictEqual(yield* screens.count, screensMax)
      yield* all[0]!.gone
      assert.isFalse(screens.isFull())
    }))
})

describe("Screens: what they may say", () => {
  const says: Readonly<
    Record<string, readonly [most: number, message: (i: number) => Saying]>
  > = {
    ping: [480, (at) => ({ _tag: "ping", at })],
    resync: [60, () => ({ _tag: "resync" })],
    act: [60, () => ({ _tag: "act", act: "ready", ballot: 0 })],
    join: [20, () => joining("main")],
    leave: [20, () => ({ _tag: "leave" })],
    open: [20, (i) => ({ _tag: "open", room: `room-${i}`, options: {} })]
  }
  for (const [kind, [most, message]] of Object.entries(says)) {
    inTime(`${kind}: ${most} at once, and half of that each second`, () =>
      Effect.gen(function*() {
        const { open } = yield* house()
        const pongs = (screen: DeskScreen) => screen.all("pong").filter(({ at }) => at === -1).length
        const [under, over] = [open(), open()]
        const many = (count: number) => Array.from({ length: count }, (_, i) => message(i))
        yield* over.say(...many(most), { _tag: "ping", at: -1 })
        assert.strictEqual(pongs(over), 0, "nothing is left")
        yield* under.say(...many(most - 1), { _tag: "ping", at: -1 })
        assert.strictEqual(pongs(under), 1, "one less leaves something")
        yield* Effect.sleep(1_000)
        yield* over.say(...many(most / 2), { _tag: "ping", at: -1 })
        assert.strictEqual(pongs(over), 0)
        assert.isEmpty(over.ends)
      }))
  }

  inTime("what is over its allowance is not even read: it costs nobody the connection", () =>
    Effect.gen(function*() {
      const { open, rejected } = yield* house()
      const screen = open()
      yield* screen.say(...Array.from({ length: 480 }, (_, at) => ({ _tag: "ping", at }) as const))
      screen.babble(100)
      assert.isEmpty(screen.ends)
      assert.strictEqual(yield* rejected, 0)
    }))

  inTime(
    "a page of another version is refused, told why, and gets neither room nor seat",
    () =>
      Effect.gen(function*() {
        const { game, open, tick } = yield* house()
        const screen = open()
        for (const version of [0, protocolVersion + 1]) yield* screen.join("main", token(1), version)
        yield* tick
        assert.deepStrictEqual(screen.all("refused").map(({ reason }) => reason), ["version", "version"])
        assert.include(screen.last("refused")!.detail, "load the page again")
        assert.isEmpty(views(screen))
        assert.strictEqual(game.rooms.get("main")!.seats.size, 0)
      })
  )

  inTime(
    "inputs under an older epoch than the newest view's are left alone: the screen sends them again",
    () =>
      Effect.gen(function*() {
        const { game, open, rejected } = yield* house({
          nodes: [{ peerId: peer(1), name: "A" }, { peerId: peer(2), name: "B" }]
        })
        const screen = open()
        yield* screen.join("main", token(1))
        const seat = game.rooms.get("main")!.seats.get(screen.last("seated")!.seat)!
        game.succeed(peer(2), { cause: "crash", nothingLost: true, interregnumMs: 1 }, null)
        yield* settle
        yield* screen.say(inputs(1, 1, 2))
        assert.strictEqual(seat.waiting.size, 0)
        yield* screen.say(inputs(2, 1))
        assert.deepStrictEqual([...seat.waiting.keys()], [1])
        // It may have seen more at another node than is shown here.
        yield* screen.say(inputs(3, 1, 2))
        assert.deepStrictEqual([...seat.waiting.keys()], [1, 2])
        assert.strictEqual(yield* rejected, 0)
        // Nor is an older epoch's content looked at.
        yield* screen.say({ _tag: "inputs", epoch: 1, inputs: [[3, "nonsense"]] })
        assert.strictEqual(yield* rejected, 0)
      })
  )

  inTime(
    "inputs without a seat, or that contradict what was sent under their number, go nowhere",
    () =>
      Effect.gen(function*() {
        const { game, open, rejected } = yield* house()
        const [player, watcher] = [open(), open()]
        yield* player.join("main", token(1))
        yield* watcher.join("main")
        yield* watcher.say(inputs(1, 1))
        const seat = game.rooms.get("main")!.seats.get(player.last("seated")!.seat)!
        assert.strictEqual(seat.waiting.size, 0)
        yield* player.say(inputs(1, 1, 2))
        yield* player.say({ _tag: "inputs", epoch: 1, inputs: [[2, { dx: -1, dy: 0 }], [3, right]] })
        assert.strictEqual(yield* rejected, 1)
        yield* player.say(inputs(1, 4))
        assert.strictEqual(yield* rejected, 2, "a gap")
        assert.deepStrictEqual([...seat.waiting], [[1, right], [2, right]])
        yield* player.say(inputs(1, 1, 2, 3))
        assert.deepStrictEqual([...seat.waiting.keys()], [1, 2, 3])
      })
  )

  inTime("a room is opened with options that the game takes, and with no others", () =>
    Effect.gen(function*() {
      const Options = Schema.Struct({ goal: Schema.Int.pipe(Schema.between(1, 9)) })
      const game = { ...Gather, match: { Options, defaults: { goal: 1 } } } as unknown as AnyGame
      const { game: memory, open, rejected } = yield* house({ game })
      const screen = open()
      const opening = (room: string, options: unknown) => ({ _tag: "open", room, options }) as const
      yield* screen.say(opening("zero", { goal: 0 }), opening("none", {}), opening("nine", { goal: 9 }))
      assert.strictEqual(yield* rejected, 2)
      assert.sameMembers([...memory.rooms.keys()], ["main", "nine"])
    }))
})
