/** Raftian in a real browser, on a real gateway, over a game in memory that commits what it is told at once. */
import type { Page } from "playwright-core"
import { assert, describe, it } from "vitest"
import { Raftian, type RaftianState, type RaftianView } from "../../src/games/index.ts"
import { attack, commit, fell } from "../games/raftianScenes.ts"
import { rarely } from "../setup/often.ts"
import { browsing, join, until } from "./browsing.ts"
import { findChromium } from "./chromium.ts"
import { type Fixture, nodes, start } from "./fixture/server.ts"

/** Where a picture of each step is left, if anywhere. */
const pictures = process.env["RAFTIAN_PICTURES"]

describe.skipIf(findChromium() === null)("the scene of Raftian", () => {
  const { atEnd, open } = browsing()

  const { bot: _bot, ...withoutBot } = Raftian

  const opened = async (viewport = { width: 1280, height: 800 }, others = 4) => {
    const fixture = await start({ game: withoutBot, bots: others })
    atEnd(fixture.stop)
    const { errors, page } = await open(fixture.page, { viewport, colorScheme: "dark", hasTouch: viewport.width < 600 })
    const seat = await join(page)
    await page.locator(".canvas canvas").waitFor()
    await page.waitForTimeout(500)
    return { errors, fixture, page, seat }
  }

  const room = ({ game }: Fixture) => game.rooms.get("main")!
  const state = (fixture: Fixture): RaftianState => room(fixture).state as RaftianState
  const change = (fixture: Fixture, to: (state: RaftianState) => RaftianState): void => {
    room(fixture).state = to(state(fixture))
    fixture.game.happened(room(fixture))
  }
  const picture = async (page: Page, name: string): Promise<void> => {
    if (pictures !== undefined) await page.screenshot({ path: `${pictures}/${name}.png` })
  }
  const hp = (page: Page, seat: number, to: number) =>
    until(page, ({ view }, [of, hp]) => (view!.game as RaftianView).cities[of!]!.hp === hp, [seat, to])

  /** Clicks a place of the field, told in its own units. */
  const press = async (page: Page, x: number, y: number): Promise<void> => {
    const box = (await page.locator(".canvas canvas").boundingBox())!
    const scale = box.width / (box.width > box.height ? 960 : 600)
    await page.mouse.click(box.x + x * scale, box.y + y * scale)
  }

  it("has its name on one line before one joins, on a desk and on a phone", async () => {
    const fixture = await start({ game: withoutBot, bots: 1 })
    atEnd(fixture.stop)
    for (const width of [1280, 320]) {
      const { page } = await open(fixture.page, { viewport: { width, height: 800 } })
      await page.locator("h1", { hasText: "raftian" }).waitFor()
      const lines = await page.evaluate(`(() => {
        const title = document.querySelector("h1")
        return title.getBoundingClientRect().height / Number.parseFloat(getComputedStyle(title).lineHeight)
      })()`)
      assert.approximately(Number(lines), 1, 0.1, `${width} pixels wide`)
    }
  })

  it("a click on a city or its number attacks it, once; a click on what is not in the game does nothing", async () => {
    const { errors, fixture, page, seat } = await opened()
    // Place 1 is on the left.
    await press(page, 88, 370)
    await hp(page, 1, 70)
    await page.keyboard.press("Digit2")
    await hp(page, 2, 70)
    await picture(page, "flying")
    change(fixture, (state) => fell(state, 1, 2))
    await page.waitForTimeout(900)
    await picture(page, "falling")
    await hp(page, 2, 0)
    const { happened } = state(fixture)
    await page.keyboard.press("Digit2")
    await page.keyboard.press("Digit7")
    await page.waitForTimeout(300)
    assert.strictEqual(state(fixture).happened, happened)
    assert.strictEqual(room(fixture).seats.get(seat)!.lastInput, 2)
    await page.waitForTimeout(4000)
    await picture(page, "fallen")
    assert.deepStrictEqual(fixture.game.disputes, [])
    assert.deepStrictEqual(errors, [])
  })

  it("an attack said while nobody leads is committed under the next leader, once", async () => {
    const { errors, fixture, page, seat } = await opened()
    await page.waitForTimeout(800)
    assert.isNull(await page.evaluate(() => window.__hostless!.banner))
    fixture.game.interrupt()
    await page.keyboard.press("Digit3")
    await page.keyboard.press("Digit3")
    await page.waitForTimeout(700)
    await picture(page, "leaderless")
    assert.strictEqual(state(fixture).cities[3]!.hp, 100)
    fixture.game.succeed(nodes[1].peerId, { cause: "crash", nothingLost: true, interregnumMs: 700 }, nodes[0])
    await hp(page, 3, 70)
    await page.waitForTimeout(1200)
    await picture(page, "succeeded")
    assert.strictEqual(room(fixture).seats.get(seat)!.lastInput, 1)
    assert.strictEqual(state(fixture).cities[3]!.hp, 70)
    assert.deepStrictEqual(errors, [])
  })

  rarely(() => {
    it("the last city standing is celebrated until somebody says again", async () => {
      const { errors, fixture, page, seat } = await opened(undefined, 1)
      change(fixture, (state) => fell(state, seat, 1))
      await page.waitForTimeout(5000)
      await picture(page, "victory")
      await page.keyboard.press("Enter")
      await until(page, ({ view }) => (view!.game as RaftianView).round === 2)
      await page.waitForTimeout(600)
      await picture(page, "again")
      assert.deepStrictEqual(errors, [])
    })
  })

  it("fits a phone, held upright", async () => {
    const { errors, fixture, page, seat } = await opened({ width: 390, height: 844 }, 7)
    const box = (await page.locator(".canvas canvas").boundingBox())!
    assert.approximately(box.width / box.height, 5 / 7, 0.02)
    change(fixture, (state) => commit(state, attack(1, 2), attack(1, 2), attack(3, 2), attack(seat, 4)))
    await press(page, 88, 376)
    await page.waitForTimeout(2600)
    await picture(page, "phone")
    assert.strictEqual(state(fixture).cities[1]!.hp, 70)
    assert.deepStrictEqual(errors, [])
  })
})
