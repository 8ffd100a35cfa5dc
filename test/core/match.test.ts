/** From the lobby to the end of a match and on to the next. */
import { assert, describe, it } from "vitest"
import * as Match from "../../src/core/Match.ts"
import * as Room from "../../src/core/Room.ts"
import type { Event } from "../../src/protocol/Event.ts"
import type { Seq } from "../../src/protocol/Ids.ts"
import { fc } from "../setup/chance.ts"
import { reignOf, room } from "./logs.ts"

interface Race {
  readonly seed: number
  readonly goal: number
  readonly players: ReadonlyArray<number>
  readonly ticks: number
  /** Who pushed, in order. */
  readonly pushed: ReadonlyArray<number>
}

/** Whoever pushes first so often wins; with fewer than two players it is over. */
const rules: Room.AnyRules = {
  tickRate: 10,
  match: { players: () => ({ min: 2, max: 3 }) },
  initial: (seed, options): Race => ({
    seed,
    goal: (options as { goal: number }).goal,
    players: [],
    ticks: 0,
    pushed: []
  }),
  join: (state: Race, seat) => ({ ...state, players: [...state.players, seat] }),
  leave: (state: Race, seat) => ({ ...state, players: state.players.filter((one) => one !== seat) }),
  step: (state: Race, inputs) => ({
    ...state,
    ticks: state.ticks + 1,
    pushed: [...state.pushed, ...inputs.map(({ seat }) => seat)]
  }),
  outcome: (state: Race) => ({ over: state.pushed.length >= state.goal || state.players.length < 2 }),
  view: (state) => state
}

type Draft = Event extends infer E ? E extends Event ? Omit<E, "seq"> : never : never

const node = reignOf(1).host

/** A room, told what happens in it. */
class Log {
  state: Room.RoomState

  constructor(seats: number) {
    this.state = Room.apply(
      rules,
      null,
      { _tag: "opened", seq: 1 as Seq, room, seed: 7, options: { goal: 3 } },
      reignOf(1)
    ) as Room.RoomState
    for (let seat = 1; seat <= seats; seat++) this.seat(seat)
  }

  add(draft: Draft): this {
    const next = Room.apply(rules, this.state, { ...draft, seq: this.state.seq + 1 as Seq } as Event, reignOf(1))
    if (typeof next === "string") throw new Error(next)
    this.state = next
    return this
  }

  seat(seat: number): this {
    return this.add({
      _tag: "seated",
      seat: seat as never,
      tokenHash: `${seat}`.repeat(64) as never,
      profile: { name: `player ${seat}`, color: "#123456" },
      node
    })
  }

  ready(...seats: ReadonlyArray<number>): this {
    for (const seat of seats) this.add({ _tag: "acted", seat: seat as never, act: "ready", ballot: 0 })
    return this
  }

  vote(...seats: ReadonlyArray<number>): this {
    const { ballot } = this.match
    for (const seat of seats) this.add({ _tag: "acted", seat: seat as never, act: "vote", ballot })
    return this
  }

  away(seat: number): this {
    return this.add({ _tag: "away", seat: seat as never })
  }

  back(seat: number): this {
    return this.add({ _tag: "back", seat: seat as never, node })
  }

  tick(seconds: number): this {
    for (let i = 0; i < seconds * rules.tickRate; i++) this.add({ _tag: "tick", inputs: [] })
    return this
  }

  push(seat: number): this {
    const { lastInput } = this.state.seats.find((record) => record.seat === seat)!
    return this.add({ _tag: "tick", inputs: [[seat, lastInput + 1, { push: true }] as never] })
  }

  /** All are ready, and have voted. */
  start(...seats: ReadonlyArray<number>): this {
    return this.ready(...seats).vote(...seats)
  }

  play(...seats: ReadonlyArray<number>): this {
    return this.start(...seats).tick(Match.countdownSeconds)
  }

  get match() {
    return this.state.match!
  }

  get stage() {
    return this.match.stage
  }

  get game() {
    return this.state.game as Race
  }
}

describe("a start", () => {
  it("is asked for once all are ready, and there are enough of them", () => {
    assert.strictEqual(new Log(1).ready(1).stage, "lobby")
    const log = new Log(2).ready(1)
    assert.strictEqual(log.stage, "lobby")
    log.ready(2)
    assert.strictEqual(log.stage, "starting")
    assert.deepStrictEqual([...log.match.players], [1, 2])
  })

  it("takes everybody's vote, then a countdown; the game begins for all with the same tick", () => {
    const log = new Log(3).ready(3, 1, 2).vote(1, 3)
    assert.strictEqual(log.stage, "starting")
    log.vote(2)
    assert.strictEqual(log.stage, "countdown")
    assert.deepStrictEqual(log.game.players, [1, 2, 3])
    log.tick(Match.countdownSeconds - 0.1)
    assert.strictEqual(log.stage, "countdown")
    assert.strictEqual(log.game.ticks, 0)
    log.tick(0.1)
    assert.strictEqual(log.stage, "playing")
    assert.strictEqual(log.game.ticks, 1)
  })

  it("comes to nothing when somebody does not vote in time, who is named, and the others stay ready", () => {
    const log = new Log(3).ready(1, 2, 3).vote(1, 3).tick(Match.voteSeconds)
    assert.strictEqual(log.stage, "lobby")
    assert.deepStrictEqual([...log.match.absent], [2])
    assert.deepStrictEqual([...log.match.ready], [1, 3])
    log.ready(2)
    assert.strictEqual(log.stage, "starting")
    assert.deepStrictEqual([...log.match.absent], [])
  })

  it("takes no vote for an earlier one", () => {
    const log = new Log(2).ready(1, 2).vote(1)
    const { ballot } = log.match
    log.tick(Match.voteSeconds).ready(2)
    log.add({ _tag: "acted", seat: 2 as never, act: "vote", ballot }).vote(1)
    assert.strictEqual(log.stage, "starting")
  })

  it("comes to nothing when somebody vanishes or leaves meanwhile", () => {
    const vanished = new Log(3).ready(1, 2, 3).vote(1).away(2)
    assert.strictEqual(vanished.stage, "lobby")
    assert.deepStrictEqual([...vanished.match.absent], [2])
    const left = new Log(3).ready(1, 2, 3).add({ _tag: "left", seat: 3 as never })
    assert.strictEqual(left.stage, "lobby")
  })

  it("waits for no one who is not there", () => {
    assert.strictEqual(new Log(3).ready(1, 2).away(3).stage, "starting")
    assert.strictEqual(new Log(3).ready(1, 2).add({ _tag: "left", seat: 3 as never }).stage, "starting")
  })
})

describe("a player who falls silent", () => {
  it("freezes the game for all; it goes on for all a moment after the player is back", () => {
    const log = new Log(2).play(1, 2).away(2)
    const { ticks } = log.game
    assert.strictEqual(log.stage, "frozen")
    assert.deepStrictEqual([...log.match.awaited], [2])
    log.tick(5)
    assert.strictEqual(log.game.ticks, ticks)
    log.back(2)
    assert.strictEqual(log.stage, "resuming")
    log.tick(Match.resumeSeconds)
    assert.strictEqual(log.stage, "playing")
    assert.strictEqual(log.game.ticks, ticks + 1)
  })

  it("is one of several: the game waits for the last", () => {
    const log = new Log(3).play(1, 2, 3).away(2).away(3).back(2)
    assert.strictEqual(log.stage, "frozen")
    assert.strictEqual(log.back(3).stage, "resuming")
    assert.strictEqual(log.away(1).stage, "frozen")
  })

  it("may be played by the program, until it is back", () => {
    const log = new Log(2).play(1, 2).away(2).add({ _tag: "substituted", seat: 2 as never })
    assert.strictEqual(log.stage, "resuming")
    log.tick(Match.resumeSeconds)
    assert.deepStrictEqual([...log.match.substituted], [2])
    log.back(2)
    assert.strictEqual(log.stage, "playing")
    assert.deepStrictEqual([...log.match.substituted], [])
  })

  it("forfeits when it is taken out: the match goes on without it, or is over", () => {
    const three = new Log(3).play(1, 2, 3).away(3).add({ _tag: "left", seat: 3 as never })
    assert.strictEqual(three.stage, "resuming")
    const two = new Log(2).play(1, 2).away(2).add({ _tag: "left", seat: 2 as never })
    assert.strictEqual(two.stage, "over")
  })

  it("before the first tick freezes the countdown", () => {
    const log = new Log(2).start(1, 2).tick(1).away(1).tick(10)
    assert.strictEqual(log.stage, "frozen")
    assert.strictEqual(log.game.ticks, 0)
  })
})

describe("the end", () => {
  it("comes with the game's; a rematch takes everybody's word, and has a seed of its own", () => {
    const log = new Log(2).play(1, 2).push(1).push(2)
    assert.strictEqual(log.stage, "playing")
    log.push(1)
    assert.strictEqual(log.stage, "over")
    assert.deepStrictEqual([...log.match.players], [1, 2])
    const { game } = log
    log.tick(1)
    assert.strictEqual(log.game, game)
    log.play(1, 2)
    assert.strictEqual(log.stage, "playing")
    assert.strictEqual(log.match.round, 2)
    assert.notStrictEqual(log.game.seed, game.seed)
    assert.deepStrictEqual(log.game.pushed, [])
  })

  it("leaves room for others, who play the next match", () => {
    const log = new Log(2).play(1, 2).push(1).push(1).push(1).add({ _tag: "left", seat: 2 as never }).seat(3)
    assert.deepStrictEqual(log.play(1, 3).game.players, [1, 3])
  })
})

describe("inputs", () => {
  it("that come while nothing moves are acknowledged; the last of each seat counts from the first tick on", () => {
    const log = new Log(2).start(1, 2).push(1).push(1).push(2)
    assert.deepStrictEqual(log.state.seats.map(({ lastInput }) => lastInput as number), [2, 1])
    log.tick(Match.countdownSeconds)
    assert.deepStrictEqual(log.game.pushed, [1, 2])
    log.tick(1)
    assert.deepStrictEqual(log.game.pushed, [1, 2])
  })

  it("of who does not play this match move nothing in it, whenever they come", () => {
    const log = new Log(2).play(1, 2).push(1).push(1).push(1)
    assert.strictEqual(log.stage, "over")
    const next = new Log(2).play(1, 2).seat(3).push(3)
    assert.isEmpty(next.game.pushed)
    next.away(2).push(3).push(1).back(2).tick(Match.resumeSeconds).push(2)
    assert.deepStrictEqual(next.game.pushed, [1, 2])
  })

  it("come in the order of seats, those that were held too", () => {
    const log = new Log(2).start(1, 2).push(2).tick(Match.countdownSeconds - 0.2)
    assert.strictEqual(log.stage, "countdown")
    log.push(1)
    assert.deepStrictEqual(log.game.pushed, [1, 2])
  })

  it("that are held are shown to nobody", () => {
    const log = new Log(2).start(1, 2).push(2)
    assert.lengthOf(log.match.held, 1)
    const view = Room.view(rules, log.state)
    assert.notProperty(view.match, "held")
    const before = { state: log.state, view }
    assert.deepStrictEqual(
      Room.view(rules, log.tick(Match.countdownSeconds).state, before),
      Room.view(rules, log.state)
    )
  })
})

describe("who leaves", () => {
  it("takes nothing out of a game that it does not play", () => {
    let asked = 0
    const leaving = {
      ...rules,
      leave: (state: Race) => {
        asked++
        return state
      }
    }
    const leave = (log: Log, seat: number) =>
      Room.apply(leaving, log.state, { _tag: "left", seq: log.state.seq + 1 as Seq, seat: seat as never }, reignOf(1))
    leave(new Log(3), 1)
    leave(new Log(2).play(1, 2).seat(3), 3)
    leave(new Log(2).play(1, 2).push(1).push(1).push(1), 2)
    assert.strictEqual(asked, 0)
    leave(new Log(2).play(1, 2), 1)
    assert.strictEqual(asked, 1)
  })
})

describe("whatever happens in a room", () => {
  const seat = fc.integer({ min: 1, max: 4 }) as fc.Arbitrary<never>
  const draft: fc.Arbitrary<Draft> = fc.oneof(
    { weight: 6, arbitrary: fc.constant<Draft>({ _tag: "tick", inputs: [] }) },
    {
      weight: 8,
      arbitrary: fc.record({
        _tag: fc.constant("acted" as const),
        seat,
        act: fc.constantFrom("ready" as const, "ready" as const, "unready" as const, "vote" as const, "vote" as const),
        ballot: fc.integer({ min: 1, max: 3 })
      })
    },
    { weight: 1, arbitrary: seat.map((n) => ({ _tag: "away" as const, seat: n })) },
    { weight: 2, arbitrary: seat.map((n) => ({ _tag: "back" as const, seat: n, node })) },
    { weight: 1, arbitrary: seat.map((n) => ({ _tag: "substituted" as const, seat: n })) },
    { weight: 1, arbitrary: seat.map((n) => ({ _tag: "left" as const, seat: n })) }
  )

  it("a game moves only while all who play it are there or played by the program, and a stage always has a way out", () => {
    fc.assert(
      fc.property(fc.array(draft, { maxLength: 120, size: "max" }), (drafts) => {
        const log = new Log(3)
        for (const one of drafts) {
          const before = log.game
          const { stage } = log
          log.add(one)
          const { awaited, players, substituted, until } = log.match
          const here = new Set<number>(
            log.state.seats.flatMap(({ awaySince, seat }) => awaySince === null ? [seat] : [])
          )
          if (log.game.ticks > before.ticks && log.stage === "playing") {
            assert.isTrue(players.every((n) => here.has(n) || substituted.includes(n)))
          }
          assert.strictEqual(log.stage === "frozen", awaited.length > 0)
          assert.strictEqual(["starting", "countdown", "resuming"].includes(log.stage), until !== null)
          if (log.stage === "countdown") assert.include(["starting", "countdown"], stage)
          assert.isTrue(
            players.every((n) => log.stage === "over" || log.state.seats.some((record) => record.seat === n))
          )
        }
      }),
      { numRuns: 500 }
    )
  })
})
