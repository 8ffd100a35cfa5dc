/** A screen's session at nodes whose messages, and its own, take their time and come in order. */
import { assert, describe, it } from "vitest"
import { diff } from "../../../src/core/Delta.ts"
import * as Session from "../../../src/core/screen/State.ts"
import { step } from "../../../src/core/screen/Step.ts"
import { startedAnewAfterMs } from "../../../src/core/screen/Views.ts"
import type { RoomId, SeatId, SeatToken } from "../../../src/protocol/Ids.ts"
import type { NodeMessage, ScreenMessage } from "../../../src/protocol/Session.ts"
import type { RoomView } from "../../../src/protocol/View.ts"
import { fc } from "../../setup/chance.ts"
import { isView } from "./viewReceiver.ts"

const rooms = ["old", "young", "full"] as const
type Room = (typeof rooms)[number]

const node = "00000001-0000-4000-8000-000000000000"
const profile = { name: "Mia", color: "#112233" }
const player = (digit: number): Session.Player => ({ token: String(digit).repeat(32) as SeatToken, profile })

/** A node with its rooms, and the way to it and back; `delayMs` each. */
class World {
  session = Session.initial({ version: 1, isView })
  nowMs = 0
  delayMs = 60
  epoch = 1
  readonly clocks: { readonly [room in Room]: { seq: number; clock: number } } = {
    old: { seq: 1_000_000, clock: 1_000_000 },
    young: { seq: 1, clock: 0 },
    full: { seq: 50, clock: 40 }
  }
  readonly seats = new Map<Room, Map<string, number>>()
  readonly outputs: Array<Session.Output> = []
  private joined: { readonly subscription: number; readonly room: Room } | null = null
  private base: RoomView | null = null
  private number = 0
  private readonly under: Array<{ readonly atMs: number; readonly come: () => void }> = []

  put(input: Session.Input): void {
    const before = this.session
    const { outputs, state } = step(before, input, this.nowMs)
    this.session = state
    assert.deepStrictEqual(Session.invariants(state), [])
    const [was, is] = [before.views.shown, state.views.shown]
    if (was !== null && is !== null && before.room === state.room && was.epoch === is.epoch) {
      assert.isAtLeast(is.view.seq, was.view.seq)
      assert.isAtLeast(is.view.clock, was.view.clock)
    }
    assert.isAtLeast(state.subscription, before.subscription)
    for (const output of outputs) {
      this.outputs.push(output)
      if (output._tag === "send") this.way(() => this.take(output.message))
      if (output._tag === "viewed") assert.strictEqual(output.shown.view.room, state.room)
    }
  }

  private way(come: () => void): void {
    this.under.push({ atMs: Math.max(this.nowMs + this.delayMs, this.under.at(-1)?.atMs ?? 0), come })
  }

  say(message: object): void {
    this.way(() => this.put({ _tag: "received", message: message as NodeMessage }))
  }

  /** All that was under way is lost; another connection, on which views are numbered anew. */
  connect(game = "gather"): void {
    this.under.length = 0
    this.joined = this.base = null
    this.number = 0
    this.put({ _tag: "connected" })
    this.say({ _tag: "welcome", version: 1, cluster: "test", game, tickRate: 60, peerId: "", name: "N" })
  }

  private take(message: ScreenMessage): void {
    if (message._tag === "resync") this.base = null
    if (message._tag !== "join") return
    const { seat, subscription } = message
    const room = message.room as string as Room
    this.joined = { subscription, room }
    this.base = null
    this.show()
    if (seat === null) return
    if (room === "full") return this.say({ _tag: "refused", subscription, reason: "full", detail: "" })
    const known = this.seats.get(room) ?? new Map<string, number>()
    this.seats.set(room, known)
    const number = known.get(seat.token) ?? known.size + 1
    known.set(seat.token, number)
    this.event(room, 0)
    this.say({ _tag: "seated", subscription, room, seat: number })
  }

  view(room: Room): RoomView {
    const numbers = [...this.seats.get(room)?.values() ?? []]
    return {
      room,
      ...this.clocks[room],
      seats: Object.fromEntries(numbers.map((seat) => [seat, { profile, node, away: false }])),
      acks: Object.fromEntries(numbers.map((seat) => [seat, [0, 0]])),
      match: null,
      ended: false,
      game: {}
    } as unknown as RoomView
  }

  /** An event of a room, and its view on the way to a screen that watches; `lost`: not this one. */
  event(room: Room, ticks: number, lost = false): void {
    this.clocks[room].seq += 1
    this.clocks[room].clock += ticks
    if (this.joined?.room === room) this.show(lost)
  }

  private show(lost = false): void {
    if (this.joined === null) return
    const { room, subscription } = this.joined
    const { base, epoch } = this
    const view = this.view(room)
    const number = ++this.number
    const message = base === null
      ? { _tag: "snapshot", subscription, epoch, number, view }
      : { _tag: "delta", subscription, epoch, number, base: number - 1, patch: diff(base, view) }
    this.base = view
    if (!lost) this.say(message)
  }

  pass(ms: number): void {
    const untilMs = this.nowMs + ms
    for (;;) {
      const wakeAtMs = Session.wakeAtMs(this.session) ?? Infinity
      const next = this.under[0]
      const atMs = Math.min(wakeAtMs, next?.atMs ?? Infinity)
      if (atMs > untilMs) break
      this.nowMs = Math.max(this.nowMs, atMs)
      if (next === undefined || wakeAtMs < next.atMs) this.put({ _tag: "wake" })
      else {
        this.under.shift()
        next.come()
      }
    }
    this.nowMs = untilMs
  }

  run(ticks: number): void {
    for (let i = 0; i < ticks; i++) {
      for (const room of rooms) this.event(room, 1)
      this.pass(1000 / 60)
    }
  }

  enter(room: Room, of: Session.Player | null = null): void {
    this.put({ _tag: "enter", room: room as string as RoomId, player: of })
  }

  count(tag: Session.Output["_tag"]): number {
    return this.outputs.filter(({ _tag }) => _tag === tag).length
  }
}

const started = (): World => {
  const world = new World()
  world.connect()
  world.pass(200)
  return world
}

const commands = fc.oneof(
  fc.record({ kind: fc.constant("enter" as const), room: fc.constantFrom(...rooms), player: fc.option(fc.nat(2)) }),
  fc.record({ kind: fc.constant("run" as const), ticks: fc.integer({ min: 1, max: 12 }) }),
  fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 0, max: 300 }) }),
  fc.record({ kind: fc.constant("lose" as const), room: fc.constantFrom(...rooms) }),
  fc.record({ kind: fc.constant("change" as const), back: fc.integer({ min: 0, max: 60 }) }),
  fc.record({ kind: fc.constant("delay" as const), ms: fc.integer({ min: 0, max: 150 }) }),
  fc.record({ kind: fc.constantFrom("connect" as const, "leave" as const) })
)

const apply = (world: World, command: typeof commands extends fc.Arbitrary<infer A> ? A : never): void => {
  switch (command.kind) {
    case "enter":
      return world.enter(command.room, command.player === null ? null : player(command.player))
    case "run":
      return world.run(command.ticks)
    case "pass":
      return world.pass(command.ms)
    case "lose":
      return world.event(command.room, 1, true)
    case "change":
      // Another side's game goes on, some ticks behind.
      world.epoch++
      for (const room of rooms) world.clocks[room].clock = Math.max(0, world.clocks[room].clock - command.back)
      return
    case "delay":
      world.delayMs = command.ms
      return
    case "connect":
      return world.connect()
    case "leave":
      return world.put({ _tag: "leave" })
  }
}

describe("a screen's session", () => {
  it("ends in the room that was chosen last, at its newest view, with the seat that was wanted", () => {
    fc.assert(
      fc.property(
        fc.array(commands, { maxLength: 40 }),
        fc.constantFrom(...rooms),
        fc.boolean(),
        (script, room, plays) => {
          const world = started()
          for (const command of script) apply(world, command)
          world.outputs.length = 0
          world.enter(room, plays ? player(7) : null)
          world.run(30 + (startedAnewAfterMs * 60) / 1000)
          world.pass(1_000)
          const shown = world.session.views.shown!
          assert.deepStrictEqual(shown.view, world.view(room))
          assert.strictEqual(shown.epoch, world.epoch)
          const seat = world.seats.get(room)?.get(player(7).token) ?? null
          assert.strictEqual(Session.seatIn(world.session, shown.view), plays ? seat : null)
          assert.strictEqual(world.count("refused"), plays && room === "full" ? 1 : 0)
          assert.isNull(world.session.losses.owed)
        }
      ),
      { numRuns: 30 }
    )
  })

  it("takes no late view, seat or refusal of a room that was left for those of the room it shows", () => {
    const world = started()
    world.enter("full", player(1))
    world.pass(40)
    world.enter("old", player(1))
    world.pass(40)
    world.enter("young", player(2))
    world.run(20)
    assert.strictEqual(world.session.views.shown?.view.room, "young")
    assert.isAtLeast(world.session.views.shown!.view.clock, world.clocks.young.clock - 5)
    assert.strictEqual(world.session.seat?.held.seat, 1)
    assert.strictEqual(world.count("refused"), 0)
    assert.strictEqual(world.count("seated"), 1)
  })

  it("asks for its seat again when the room has it no more, and takes the new one", () => {
    const world = started()
    world.enter("young", player(1))
    world.run(30)
    world.seats.get("young")!.clear()
    world.seats.get("young")!.set("somebody else", 9)
    world.run((Session.missingMs * 60) / 1000 - 2)
    assert.strictEqual(world.count("seated"), 1)
    world.run(30)
    assert.strictEqual(world.count("seated"), 2)
    assert.strictEqual(Session.seatIn(world.session, world.session.views.shown!.view), 2 as SeatId)
  })

  it("tells what was taken back, unless the node does", () => {
    for (const told of [false, true]) {
      const world = started()
      world.enter("young")
      world.run(60)
      world.epoch++
      world.clocks.young.clock -= 30
      if (told) world.say({ _tag: "lost", subscription: 1, epoch: 2, ticks: 30, tickRate: 60, scores: [] })
      world.run(60)
      assert.deepStrictEqual([world.count("lost"), world.count("set-back")], told ? [1, 0] : [0, 1])
    }
  })

  it("joins no node that plays another game", () => {
    const world = started()
    world.enter("young")
    world.run(10)
    world.outputs.length = 0
    world.connect("pong")
    world.pass(200)
    assert.deepStrictEqual(world.outputs, [{ _tag: "stranger", game: "pong" }])
  })
})
