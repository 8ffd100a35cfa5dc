/** Pong in a real browser, on a real gateway, over a game in memory. */
import type { Page } from "playwright-core"
import { assert, describe, it } from "vitest"
import { Pong } from "../../src/games/Pong.ts"
import type { PongState, PongView } from "../../src/games/pong/Schemas.ts"
import { browsing, join, known, until } from "./browsing.ts"
import { findChromium } from "./chromium.ts"
import { type Fixture, start } from "./fixture/server.ts"

describe.skipIf(findChromium() === null)("the scene of Pong", () => {
  const { atEnd, open } = browsing()

  /** A page that plays in a match of so many, the others being bots. */
  const joined = async (seats: PongView["seats"]) => {
    const game = { ...Pong, initial: (seed: number) => Pong.initial(seed, { seats }) }
    const fixture = await start({ game, bots: seats - 1 })
    atEnd(fixture.stop)
    const { errors, page } = await open(fixture.page, { viewport: { width: 1000, height: 700 } })
    const seat = await join(page)
    return { errors, fixture, page, seat }
  }

  const state = ({ game }: Fixture): PongState => game.rooms.get("main")!.state as PongState
  const point = (page: Page, name: string | number) => known(page, ({ points }, given) => points[given], name)
  const moves = (page: Page, seat: number, move: number) =>
    until(page, ({ view }, [of, to]) => (view!.game as PongView).paddles[of]!.move === to, [seat, move] as const)
  const shape = async (page: Page): Promise<number> => {
    const { height, width } = (await page.locator(".canvas canvas").boundingBox())!
    return width / height
  }

  it("two face each other: up and down move the paddle, and the page shows it where the host has it", async () => {
    const { errors, fixture, page, seat } = await joined(2)
    assert.strictEqual(state(fixture).paddles[seat]!.side, "right")
    assert.approximately(await shape(page), 2, 0.05)
    await page.keyboard.down("ArrowUp")
    await moves(page, seat, -1)
    await page.keyboard.up("ArrowUp")
    await moves(page, seat, 0)
    await until(page, ({ inputs }) => inputs?.waiting === 0)
    await page.waitForTimeout(400)
    const { at } = state(fixture).paddles[seat]!
    assert.isBelow(at, 200)
    const [x, y] = await point(page, seat)
    assert.approximately(x!, 765, 0.01)
    assert.approximately(y!, at, 1)
    await until(page, ({ view }) => (view!.game as PongView).rally > 0 || (view!.game as PongView).serves > 1)
    assert.deepStrictEqual(errors, [])
  })

  it("four have a square: left and right move the paddle at the bottom, up and down do not", async () => {
    const { errors, fixture, page, seat } = await joined(4)
    assert.strictEqual(state(fixture).paddles[seat]!.side, "bottom")
    await page.locator(".canvas canvas").waitFor()
    await page.waitForTimeout(300)
    assert.approximately(await shape(page), 1, 0.05)
    await page.keyboard.down("ArrowUp")
    await page.waitForTimeout(200)
    assert.strictEqual(state(fixture).paddles[seat]!.move, 0)
    await page.keyboard.down("KeyD")
    await moves(page, seat, 1)
    await page.keyboard.up("KeyD")
    await page.keyboard.up("ArrowUp")
    await moves(page, seat, 0)
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
