/** Seats at the screens of one node: whose they are, and who is told that somebody cannot be heard. */
import { Effect } from "effect"
import { assert, describe } from "vitest"
import { opened } from "../../../src/core/Match.ts"
import { Gather } from "../../../src/games/Gather.ts"
import type { RoomId } from "../../../src/protocol/Ids.ts"
import type { Client, ShownView } from "../../../src/services/GameClient.ts"
import { inTime } from "../../cluster/checks.ts"
import { token } from "./gatewayHouse.ts"
import { MemoryGame } from "./memoryGame.ts"
import { house, joining, settle } from "./screensHouse.ts"

const main = "main" as RoomId
const right = { dx: 1, dy: 0 }
const input = (number: number) => ({ _tag: "inputs", epoch: 1, inputs: [[number, right]] }) as const

describe("Screens: seats", () => {
  inTime("a token plays at one screen, the newest, also after one that had it is gone", () =>
    Effect.gen(function*() {
      const { game, open } = yield* house()
      const [first, second, third] = [open(), open(), open()]
      for (const screen of [first, second]) yield* screen.join("main", token(1))
      assert.strictEqual(first.last("refused")?.reason, "token")
      yield* first.gone
      const seat = game.rooms.get("main")!.seats.get(1)!
      assert.isFalse(seat.away)
      yield* third.join("main", token(1))
      assert.strictEqual(second.last("refused")?.reason, "token")
      assert.isUndefined(third.last("refused"))
      yield* second.say(input(1))
      assert.strictEqual(seat.waiting.size, 0)
      yield* third.say(input(1))
      assert.strictEqual(seat.waiting.size, 1)
      assert.strictEqual(game.rooms.get("main")!.seats.size, 1)
    }))

  inTime(
    "who joins again with its own token keeps its seat, and is told so, not refused",
    () =>
      Effect.gen(function*() {
        const { game, open } = yield* house()
        const screen = open()
        yield* screen.join("main", token(1))
        yield* screen.join("main", token(1))
        assert.deepStrictEqual(screen.all("seated").map(({ seat }) => seat as number), [1, 1])
        assert.isEmpty(screen.all("refused"))
        assert.isFalse(game.rooms.get("main")!.seats.get(1)!.away)
      })
  )

  inTime(
    "who takes another token's seat, or only watches from then on, lets go of the first",
    () =>
      Effect.gen(function*() {
        const { game, open } = yield* house()
        const screen = open()
        const { seats } = game.rooms.get("main")!
        yield* screen.join("main", token(1))
        yield* screen.join("main", token(2))
        assert.deepStrictEqual([...seats.values()].map(({ away }) => away), [true, false])
        yield* screen.join("main")
        assert.deepStrictEqual([...seats.values()].map(({ away }) => away), [true, true])
        yield* screen.say(input(1))
        assert.deepStrictEqual([...seats.values()].map(({ waiting }) => waiting.size), [0, 0])
        // And another screen that comes with the first token takes nothing from this one.
        const other = open()
        yield* other.join("main", token(1))
        assert.isEmpty(screen.all("refused"))
      })
  )

  inTime(
    "of several tokens that a screen joins with in one moment the last one plays, and no other is held",
    () =>
      Effect.gen(function*() {
        const { game, open } = yield* house()
        const screen = open()
        yield* screen.join("main", token(1))
        yield* screen.say(joining("main", token(2)), joining("main", token(3)))
        const { seats } = game.rooms.get("main")!
        const here = () => [...seats.values()].filter(({ away }) => !away).map(({ seat }) => seat as number)
        assert.deepStrictEqual(here(), [screen.last("seated")!.seat as number])
        yield* screen.say(input(1))
        assert.strictEqual(seats.get(here()[0]!)!.waiting.size, 1)
        // That one has the last token, so another screen takes it away by that.
        const other = open()
        yield* other.join("main", token(3))
        assert.strictEqual(screen.last("refused")?.reason, "token")
        yield* screen.gone
        assert.deepStrictEqual(here(), [other.last("seated")!.seat as number])
        yield* other.gone
        assert.isEmpty(here())
      })
  )

  inTime(
    "of several screens that come with a token in one moment the last one plays, and the others are told",
    () =>
      Effect.gen(function*() {
        const { game, open } = yield* house()
        const [first, second, third] = [open(), open(), open()]
        yield* first.join("main", token(1))
        for (const screen of [second, third]) screen.tell(joining("main", token(1)))
        yield* settle
        for (const screen of [first, second]) assert.strictEqual(screen.last("refused")?.reason, "token")
        assert.isUndefined(third.last("refused"))
        const seat = game.rooms.get("main")!.seats.get(1)!
        yield* second.say(input(1))
        assert.strictEqual(seat.waiting.size, 0)
        yield* third.say(input(1))
        assert.strictEqual(seat.waiting.size, 1)
        yield* second.gone
        assert.isFalse(seat.away)
        yield* third.gone
        assert.isTrue(seat.away)
      })
  )

  inTime("a screen that is gone before its seat is there leaves nobody sitting", () =>
    Effect.gen(function*() {
      const { game, open } = yield* house()
      const screen = open()
      const joining = screen.join("main", token(1))
      yield* Effect.zip(joining, screen.gone, { concurrent: true })
      yield* settle
      for (const seat of game.rooms.get("main")!.seats.values()) assert.isTrue(seat.away)
      const next = open()
      yield* next.join("main", token(1))
      assert.strictEqual(next.last("seated")?.seat as number | undefined, 1)
      assert.isEmpty(screen.all("refused"))
    }))

  inTime("who leaves gives its seat up, and says nothing for it any more", () =>
    Effect.gen(function*() {
      const { game, open } = yield* house()
      const [player, watcher] = [open(), open()]
      yield* player.join("main", token(1))
      yield* watcher.join("main")
      yield* watcher.say({ _tag: "leave" })
      assert.strictEqual(game.rooms.get("main")!.seats.size, 1)
      yield* player.say({ _tag: "leave" }, input(1), { _tag: "leave" })
      assert.strictEqual(game.rooms.get("main")!.seats.size, 0)
      // Its token is free: whoever comes with it is refused nothing, and refuses nobody.
      yield* watcher.join("main", token(1))
      assert.isEmpty([...player.all("refused"), ...watcher.all("refused")])
    }))
})

describe("Screens: what becomes of inputs", () => {
  inTime("what a split has cost is told in its room only, and is no dispute", () =>
    Effect.gen(function*() {
      const { game, open, tick } = yield* house({ rooms: ["main", "other"] })
      const [here, there] = [open(), open()]
      yield* here.join("main", token(1))
      yield* there.join("other", token(2))
      yield* here.say(input(1))
      yield* tick
      const seat = game.rooms.get("main")!.seats.get(1)!
      game.lose(main, { ticks: 1, scores: [] })
      yield* settle
      // The other side has applied something else under these numbers.
      Object.assign(seat, { lastInput: 1, inputHash: 77 })
      yield* tick
      assert.lengthOf(here.all("lost"), 1)
      assert.isEmpty(there.all("lost"))
      assert.isEmpty(game.disputes)
      Object.assign(seat, { lastInput: 2, inputHash: 78 })
      yield* tick
      assert.lengthOf(game.disputes, 1, "nobody sent a second one")
    }))

  inTime("another player's number in the view is nobody's dispute", () =>
    Effect.gen(function*() {
      let isMine = true
      const client = (real: Client): Client => ({
        ...real,
        take: (room, player) =>
          Effect.map(real.take(room, player), (held) => ({
            ...held,
            within: (shown: ShownView) => isMine ? held.within(shown) : null
          }))
      })
      const { game, open, tick } = yield* house({ client })
      const screen = open()
      yield* screen.join("main", token(1))
      const seat = game.rooms.get("main")!.seats.get(1)!
      isMine = false
      Object.assign(seat, { lastInput: 5, inputHash: 99 })
      yield* tick
      assert.isEmpty(game.disputes)
      isMine = true
      yield* tick
      assert.lengthOf(game.disputes, 1)
    }))
})

describe("Screens: silence", () => {
  class Match extends MemoryGame {
    stage: string | null = "playing"
    override shown(room: Parameters<MemoryGame["shown"]>[0]): ShownView {
      const shown = super.shown(room)
      const match = this.stage === null ? null : { ...opened, stage: this.stage }
      return { ...shown, view: { ...shown.view, match } } as unknown as ShownView
    }
  }

  const listening = Effect.gen(function*() {
    const said: Array<boolean> = []
    const client = (real: Client): Client => ({
      ...real,
      take: (room, player) =>
        Effect.map(real.take(room, player), (held) => ({
          ...held,
          present: (isPresent: boolean) => Effect.sync(() => void said.push(isPresent))
        }))
    })
    const game = new Match({ game: Gather })
    return { ...(yield* house({ client }, game)), game, said }
  })

  inTime(
    "in a match, who is not heard for half a second is told to be away, once, and back with its first word",
    () =>
      Effect.gen(function*() {
        const { open, said } = yield* listening
        const [player, watcher] = [open(), open()]
        yield* player.join("main", token(1))
        yield* watcher.join("main")
        yield* Effect.sleep(450)
        assert.isEmpty(said)
        yield* Effect.sleep(100)
        assert.deepStrictEqual(said, [false])
        yield* Effect.sleep(1_000)
        watcher.heard()
        yield* settle
        assert.deepStrictEqual(said, [false])
        player.heard()
        yield* settle
        player.heard()
        yield* settle
        assert.deepStrictEqual(said, [false, true])
        yield* Effect.sleep(550)
        assert.deepStrictEqual(said, [false, true, false])
      })
  )

  inTime(
    "where people come and go while the game is played, nobody waits for who is silent",
    () =>
      Effect.gen(function*() {
        const { game, open, said } = yield* listening
        game.stage = null
        const player = open()
        yield* player.join("main", token(1))
        yield* Effect.sleep(5_000)
        assert.isEmpty(said)
      })
  )
})
