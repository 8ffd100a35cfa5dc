/** Pong in a real browser, on a real gateway, over a game in memory. */
import type { Browser, Page } from "playwright-core"
import { afterAll, afterEach, assert, beforeAll, describe, it } from "vitest"
import { Pong, type PongState, type PongView } from "../../src/games/Pong.ts"
import { findChromium, launch } from "./chromium.ts"
import { type Fixture, start } from "./fixture/server.ts"

describe.skipIf(findChromium() === null)("the scene of Pong", () => {
  let browser: Browser
  const ends: Array<() => Promise<unknown>> = []

  beforeAll(async () => {
    browser = await launch()
  })
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end()
  })
  afterAll(() => browser?.close())

  /** A page that plays in a match of so many, the others being bots. */
  const joined = async (seats: PongView["seats"]) => {
    const game = { ...Pong, initial: (seed: number) => Pong.initial(seed, { seats }) }
    const fixture = await start({ game, bots: seats - 1 })
    ends.push(fixture.stop)
    const context = await browser.newContext({ viewport: { width: 1000, height: 700 } })
    ends.push(() => context.close())
    const page = await context.newPage()
    const errors: Array<string> = []
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()))
    page.on("pageerror", (error) => errors.push(error.message))
    await page.goto(fixture.page)
    await page.getByLabel("Name", { exact: true }).fill("Cleo")
    await page.getByRole("button", { name: "Play", exact: true }).click()
    await until(page, "window.__hostless.seat !== null")
    const seat: number = await page.evaluate("window.__hostless.seat")
    return { errors, fixture, page, seat }
  }

  /** Asked from outside: the page's own rules let nobody evaluate text in it. */
  const until = async (page: Page, test: string): Promise<void> => {
    for (const end = Date.now() + 20_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50))) {
      if (await page.evaluate(`window.__hostless !== undefined && (${test})`)) return
    }
    throw new Error(`never: ${test}`)
  }

  const state = ({ game }: Fixture): PongState => game.rooms.get("main")!.state as PongState
  const point = (page: Page, name: string | number): Promise<ReadonlyArray<number>> =>
    page.evaluate(`window.__hostless.points[${JSON.stringify(name)}]`)
  const shape = async (page: Page): Promise<number> => {
    const { height, width } = (await page.locator(".canvas canvas").boundingBox())!
    return width / height
  }

  it("two face each other: up and down move the paddle, and the page shows it where the host has it", async () => {
    const { errors, fixture, page, seat } = await joined(2)
    assert.strictEqual(state(fixture).paddles[seat]!.side, "right")
    assert.approximately(await shape(page), 2, 0.05)
    await page.keyboard.down("ArrowUp")
    await until(page, `window.__hostless.view.game.paddles[${seat}].move === -1`)
    await page.keyboard.up("ArrowUp")
    await until(page, `window.__hostless.view.game.paddles[${seat}].move === 0`)
    await until(page, "window.__hostless.inputs.waiting === 0")
    await page.waitForTimeout(400)
    const { at } = state(fixture).paddles[seat]!
    assert.isBelow(at, 200)
    const [x, y] = await point(page, seat)
    assert.approximately(x!, 765, 0.01)
    assert.approximately(y!, at, 1)
    await until(page, "window.__hostless.view.game.rally > 0 || window.__hostless.view.game.serves > 1")
    assert.deepStrictEqual(errors, [])
  })

  it("four have a square: left and right move the paddle at the bottom, up and down do not", async () => {
    const { errors, fixture, page, seat } = await joined(4)
    assert.strictEqual(state(fixture).paddles[seat]!.side, "bottom")
    await until(page, "document.querySelector('.canvas canvas') !== null")
    await page.waitForTimeout(300)
    assert.approximately(await shape(page), 1, 0.05)
    await page.keyboard.down("ArrowUp")
    await page.waitForTimeout(200)
    assert.strictEqual(state(fixture).paddles[seat]!.move, 0)
    await page.keyboard.down("KeyD")
    await until(page, `window.__hostless.view.game.paddles[${seat}].move === 1`)
    await page.keyboard.up("KeyD")
    await page.keyboard.up("ArrowUp")
    await until(page, `window.__hostless.view.game.paddles[${seat}].move === 0`)
    assert.isAbove(state(fixture).paddles[seat]!.at, 300)
    // The picture keeps its place's size when that changes.
    await page.setViewportSize({ width: 900, height: 560 })
    await page.waitForTimeout(400)
    const [canvas, place] = await Promise.all(
      [".canvas canvas", ".canvas"].map((each) => page.locator(each).boundingBox())
    )
    assert.approximately(canvas!.width, place!.width, 1)
    assert.approximately(canvas!.height, place!.height, 1)
    assert.deepStrictEqual(fixture.game.disputes, [])
    assert.deepStrictEqual(errors, [])
  })
})
