/** The picture, the keys and the words of players at terminals. */
import { assert, describe, it } from "vitest"
import { Pong } from "../../src/games/Pong.ts"
import { Cells, depthOf, paletteIndex, type Rgb, rgb } from "../../src/programs/terminal/Cells.ts"
import { Direction, type Key, parse } from "../../src/programs/terminal/Keys.ts"
import { cardOf, draw } from "../../src/programs/terminal/Layout.ts"
import { Painting } from "../../src/programs/terminal/Painting.ts"
import { sceneOf } from "../../src/programs/terminal/TerminalScene.ts"
import type { MatchShown } from "../../src/web/app/play/MatchShown.ts"

const red: Rgb = [255, 0, 0]
const black: Rgb = [0, 0, 0]
const escape = "\u001b"

/** What a terminal without colours shows of it. */
const textOf = (rendered: string, columns: number, rows: number): ReadonlyArray<string> => {
  const grid = Array.from({ length: rows }, () => Array.from({ length: columns }, () => " "))
  let [row, column] = [0, 0]
  let rest = rendered
  while (rest !== "") {
    const found = new RegExp(`^${escape}\\[([?\\d;]*)([A-Za-z])`).exec(rest)
    if (found !== null) {
      if (found[2] === "H") [row, column] = found[1]!.split(";").map((at) => Number(at) - 1) as [number, number]
      rest = rest.slice(found[0].length)
      continue
    }
    const character = String.fromCodePoint(rest.codePointAt(0)!)
    grid[row]![column++] = character
    rest = rest.slice(character.length)
  }
  return grid.map((line) => line.join("").trimEnd())
}

describe("a terminal's cells", () => {
  it("are written where they changed, and nowhere else", () => {
    const cells = new Cells(10, 3, "true")
    cells.text(2, 1, "Ada", red)
    assert.deepStrictEqual(textOf(cells.render(), 10, 3), ["", "  Ada", ""])
    cells.clear()
    cells.text(2, 1, "Ada", red)
    assert.strictEqual(cells.render(), "")
    cells.clear()
    cells.text(2, 1, "Ida", red)
    const change = cells.render()
    assert.include(change, `${escape}[2;3H`)
    assert.notInclude(change, "d")
  })

  it("take text as far as the row goes", () => {
    const cells = new Cells(6, 1, "none")
    cells.text(-2, 0, "Player", red)
    cells.text(4, 0, "over the edge", red)
    cells.text(0, 5, "below", red)
    assert.deepStrictEqual(textOf(cells.render(), 6, 1), ["ayerov"])
  })

  it("hold two pixels each, in colours or without", () => {
    const colored = new Cells(1, 1, "true")
    colored.pixels(0, 0, red, black)
    assert.include(colored.render(), `${escape}[38;2;255;0;0m${escape}[48;2;0;0;0m▀`)
    const few = new Cells(1, 1, "256")
    few.pixels(0, 0, red, black)
    assert.include(few.render(), `${escape}[38;5;196m${escape}[48;5;16m▀`)
    const plain = new Cells(3, 1, "none")
    plain.pixels(0, 0, [255, 255, 255], black)
    plain.pixels(1, 0, black, [255, 255, 255])
    plain.pixels(2, 0, [255, 255, 255], [255, 255, 255])
    assert.deepStrictEqual(textOf(plain.render(), 3, 1), ["▀▄█"])
  })

  it("have the colours that the terminal says it has", () => {
    assert.strictEqual(depthOf({ COLORTERM: "truecolor" }), "true")
    assert.strictEqual(depthOf({ TERM: "xterm-256color" }), "256")
    assert.strictEqual(depthOf({ COLORTERM: "truecolor", NO_COLOR: "1" }), "none")
    assert.strictEqual(depthOf({ TERM: "dumb" }), "none")
    assert.deepStrictEqual([0x000000, 0xffffff, 0x808080, 0xff0000, 0x5f87af].map(paletteIndex), [
      16,
      231,
      244,
      196,
      67
    ])
    assert.deepStrictEqual(rgb("#4a63d8"), [74, 99, 216])
  })
})

describe("a painting", () => {
  it("keeps the field's shape, and blends what falls between pixels", () => {
    const painting = new Painting({ width: 100, height: 50 }, 20, 40)
    assert.deepStrictEqual([painting.width, painting.height], [20, 10])
    painting.paint(black)
    // From 2.5 to 4.5 pixels.
    painting.rectangle(12.5, 10, 10, 10, [200, 200, 200])
    const cells = new Cells(20, 5, "true")
    painting.onto(cells, 0, 0)
    const out = cells.render()
    assert.include(out, "100;100;100")
    assert.include(out, "200;200;200")
  })

  it("shows every game that comes with the program", () => {
    for (const seats of [2, 3, 4]) {
      let state = Pong.initial(1, { seats, points: 5, absence: "bot" })
      for (let seat = 1; seat <= seats; seat++) {
        state = Pong.join(state, seat as never, { name: `P${seat}`, color: "#4a63d8" } as never)
      }
      const scene = sceneOf(Pong)!
      const view = Pong.view(state)
      const painting = new Painting(scene.field(view), 80, 40)
      scene.draw(painting, {
        view,
        points: scene.description.track!(view) as never,
        seat: 1,
        colorOf: () => red
      })
      const cells = new Cells(80, 20, "true")
      painting.onto(cells, 0, 0)
      assert.include(cells.render(), "255;0;0")
      assert.deepStrictEqual(scene.want({ dx: 0, dy: 1 }, view, 1), { move: 1 })
      assert.isNull(scene.want({ dx: 0, dy: 1 }, view, 9))
    }
  })
})

describe("keys", () => {
  const press = (name: string): Key => ({ name, action: "press" })

  it("are known from what terminals send", () => {
    assert.deepStrictEqual(parse(`${escape}[A${escape}OBw\r q\u0003`), [
      press("up"),
      press("down"),
      press("w"),
      press("enter"),
      press("space"),
      press("q"),
      press("interrupt")
    ])
    assert.deepStrictEqual(
      parse(`${escape}[?11u${escape}[1;1:1A${escape}[1;1:2A${escape}[1;1:3A${escape}[119;1:3u${escape}[99;5u`),
      [
        { name: "releases" },
        press("up"),
        press("up"),
        { name: "up", action: "release" },
        { name: "w", action: "release" },
        press("interrupt")
      ]
    )
    // Function keys and what a terminal tells of itself are no keys here.
    assert.deepStrictEqual(parse(`${escape}[15~${escape}[>0;276;0c`), [])
  })

  it("hold until they go up, where that is told", () => {
    const direction = new Direction()
    direction.releases = true
    const at = () => [direction.dx, direction.dy]
    direction.press(press("up"))
    direction.press(press("d"))
    assert.deepStrictEqual(at(), [1, -1])
    direction.press(press("down"))
    assert.deepStrictEqual(at(), [1, 0])
    direction.press({ name: "up", action: "release" })
    assert.deepStrictEqual(at(), [1, 1])
    assert.isFalse(direction.press(press("x")))
  })

  it("hold until the opposite one or the space bar, where only presses are told", () => {
    const direction = new Direction()
    const at = () => [direction.dx, direction.dy]
    direction.press(press("up"))
    direction.press(press("up"))
    assert.deepStrictEqual(at(), [0, -1])
    direction.press(press("down"))
    assert.deepStrictEqual(at(), [0, 0])
    direction.press(press("down"))
    assert.deepStrictEqual(at(), [0, 1])
    direction.press(press("space"))
    assert.deepStrictEqual(at(), [0, 0])
  })
})

describe("the words around the field", () => {
  const player = (seat: number, other: Partial<MatchShown["players"][number]> = {}) => ({
    seat,
    name: ["", "Ada", "Bo"][seat]!,
    color: "#4a63d8",
    own: seat === 1,
    away: false,
    ready: false,
    ...other
  })
  const match: MatchShown = {
    stage: "lobby",
    players: [player(1), player(2, { ready: true })],
    missing: 0,
    secondsLeft: null,
    seated: true,
    wants: false,
    awaited: [],
    absent: [],
    winner: null
  }
  const said = (change: Partial<MatchShown>) => cardOf({ ...match, ...change })?.map(({ text }) => text) ?? null

  it("say what a match waits for, and who has won", () => {
    assert.deepStrictEqual(said({}), ["Ready?", "Ada (you)  …", "Bo  ready", "Enter: I am ready"])
    assert.deepStrictEqual(said({ players: [player(1)], missing: 1, wants: true }), [
      "Waiting for opponents",
      "Ada (you)  …",
      "waiting for a player",
      "Waiting for players.",
      "Enter: not yet"
    ])
    assert.include(said({ absent: ["Bo"] })!.join(), "Bo did not answer")
    assert.deepStrictEqual(said({ stage: "countdown", secondsLeft: 3 }), ["Get ready", "3"])
    assert.include(said({ stage: "frozen", awaited: ["Bo"] })![0], "Waiting for Bo")
    assert.strictEqual(said({ stage: "over", winner: player(1) })![0], "You win!")
    assert.strictEqual(said({ stage: "over", winner: player(2) })![0], "Bo wins")
    assert.isNull(said({ stage: "playing" }))
  })

  it("stand above, below and in the middle", () => {
    const cells = new Cells(44, 12, "none")
    const lines = [{ name: "Ada", color: "#4a63d8", away: false, score: 3 }]
    draw(cells, { title: "pong", lines, match, banner: null, keys: "q leaves", place: "S1 hosts" })
    const shown = textOf(cells.render(), 44, 12)
    assert.strictEqual(shown[0], " pong")
    assert.strictEqual(shown[1], " ■ Ada 3")
    assert.strictEqual(shown[11], " q leaves                          S1 hosts")
    assert.include(shown.join("\n"), "Enter: I am ready")
  })
})
