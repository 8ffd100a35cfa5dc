/** The page's middle without a page: against a game in memory whose host changes, and loses a split. */
import { assert, describe, it } from "vitest"
import { Gather } from "../../src/games/Gather.ts"
import type { GatherInput } from "../../src/games/gather/Schemas.ts"
import type { RoomId } from "../../src/protocol/Ids.ts"
import type { Inputs } from "../../src/protocol/Session.ts"
import { Play } from "../../src/web/app/play/Play.ts"
import { defineScene } from "../../src/web/Scene.ts"
import { MemoryGame, peer } from "../layers/screens/memoryGame.ts"

const scene = defineScene<GatherInput, ReturnType<typeof Gather.view>>({
  game: Gather,
  snapBeyond: 120,
  track: ({ players }) =>
    Object.fromEntries(Object.entries(players).map(([seat, { x, y }]) => [seat, [x, y] as const])),
  mount: () => ({ update: () => {}, destroy: () => {} })
})

const tickMs = 1000 / 60

/** A page on a node, one tick at a time, with nothing between them but what a test takes away. */
class Table {
  readonly game = new MemoryGame({ game: Gather, nodes: [1, 2].map((n) => ({ peerId: peer(n), name: `N${n}` })) })
  readonly room = this.game.rooms.get("main")!
  readonly sent: Array<typeof Inputs.Type> = []
  readonly seat = this.game.seat(this.room, "me", { name: "Me", color: "#112233" })!
  readonly play: Play
  now = 0
  connected = true
  /** What the node forwards; a test may hold it back. */
  forwards = true

  constructor(used = scene) {
    this.play = new Play(60, (message) => {
      if (!this.connected) return false
      this.sent.push(message)
      return true
    })
    this.play.use(used, 60)
    this.view()
    this.play.seated(this.seat.seat)
  }

  /** A tick of the host, and its view at the page. */
  tick(lost = false): void {
    this.now += tickMs
    this.take()
    this.game.tick()
    if (this.game.running && !lost) this.view()
    this.play.flush(this.now)
  }

  view(): void {
    const shown = this.game.shown(this.room)
    this.play.viewed(shown, shown.view.acks[this.seat.seat] === undefined ? null : this.seat.seat, this.now)
  }

  /** What the screen said reaches the host. */
  private take(): void {
    for (const message of this.sent.splice(0)) {
      if (!this.forwards || message.epoch < this.game.epoch) continue
      for (const [number, input] of message.inputs) {
        if (number > this.seat.lastInput) this.seat.waiting.set(number, input)
      }
    }
  }

  want(dx: -1 | 0 | 1, dy: -1 | 0 | 1 = 0): void {
    this.play.want({ dx, dy }, this.now)
  }

  run(ticks: number): void {
    for (let i = 0; i < ticks; i++) this.tick()
  }

  get place(): readonly [number, number] {
    const { x, y } = (this.room.state as ReturnType<typeof Gather.initial>).players[this.seat.seat]!
    return [x, y]
  }

  get drawn(): ReadonlyArray<number> {
    return this.play.draw(this.now)!.points[this.seat.seat]!
  }
}

describe("Play", () => {
  it("moves the own square at once, and ends where the host has it", () => {
    const table = new Table()
    table.run(30)
    const before = table.drawn[0]!
    table.want(1)
    table.run(30)
    assert.isAbove(table.drawn[0]!, before + 50)
    table.want(0)
    table.run(60)
    assert.approximately(table.drawn[0]!, table.place[0], 0.5)
    assert.strictEqual(table.play.ledger!.disputed, 0)
    assert.deepStrictEqual(table.play.ledger!.pending, [])
  })

  it("says a thing once, again after a while without an answer, and once more to a new host", () => {
    const table = new Table()
    table.run(10)
    table.forwards = false
    table.want(1)
    const inputs = () => table.sent.length
    assert.strictEqual(inputs(), 1)
    table.run(8)
    assert.strictEqual(inputs(), 0)
    table.run(8)
    assert.isAtMost(table.seat.lastInput, 0)
    table.game.interrupt()
    table.game.succeed(peer(2), { cause: "crash", nothingLost: true, interregnumMs: 1 }, null)
    table.view()
    assert.strictEqual(inputs(), 1, "not said to the new host at once")
    table.forwards = true
    table.run(5)
    assert.strictEqual(table.seat.lastInput, 1)
    assert.strictEqual(table.play.ledger!.disputed, 0)
  })

  it("keeps what was wanted while there was no connection", () => {
    const table = new Table()
    table.run(10)
    table.connected = false
    table.want(1)
    table.run(3)
    table.connected = true
    table.play.reconnected()
    table.view()
    table.run(4)
    assert.strictEqual(table.seat.lastInput, 1)
  })

  it("says what changes faster than the game ticks once per tick", () => {
    const table = new Table()
    table.run(10)
    for (let i = 0; i < 60; i++) {
      table.now += 1
      table.want((i % 3) - 1 as -1 | 0 | 1)
    }
    assert.isAtMost(table.play.ledger!.pending.length, 7)
  })

  it("in a committed game says every act, each once, also when the seat is given again", () => {
    const table = new Table({ ...scene, game: { name: "gather", ordering: "committed" } })
    table.run(10)
    for (const dx of [1, 1, -1] as const) table.want(dx)
    assert.deepStrictEqual(table.play.ledger!.pending.map(([number]) => number), [1, 2, 3])
    table.run(30)
    assert.strictEqual(table.seat.lastInput, 3)
    table.play.seated(table.seat.seat)
    table.run(30)
    assert.strictEqual(table.seat.lastInput, 3)
    assert.strictEqual(table.play.ledger!.disputed, 0)
  })

  it("stands in another lineage as that one says, and goes on with what the player wants now", () => {
    const table = new Table()
    table.run(10)
    table.want(1)
    table.run(5)
    const before = { number: table.seat.lastInput, hash: table.seat.inputHash }
    table.want(-1)
    table.run(20)
    table.want(0, 1)
    table.run(20)
    // The other side's game goes on: it had heard only the first input.
    table.seat.lastInput = before.number
    table.seat.inputHash = before.hash
    table.room.clock -= 30
    table.game.epoch++
    table.view()
    table.run(5)
    assert.strictEqual(table.play.ledger!.disputed, 0)
    table.want(1, 1)
    table.run(30)
    assert.isAbove(table.seat.lastInput, before.number)
    assert.strictEqual(table.play.ledger!.disputed, 0)
    assert.approximately(table.drawn[0]!, table.place[0], 15)
  })

  it("forgets everything about a room that it leaves", () => {
    const table = new Table()
    table.run(10)
    table.play.enter()
    assert.isNull(table.play.shown)
    assert.isNull(table.play.seat)
    assert.isNull(table.play.draw(table.now))
    assert.isTrue(table.game.rooms.has("main" as RoomId))
  })
})
