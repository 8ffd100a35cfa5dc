/** The page in a real browser, on a real gateway, over a game in memory. */
import { fileURLToPath } from "node:url"
import type { BrowserContextOptions } from "playwright-core"
import { assert, describe, it } from "vitest"
import type { GatherState, GatherView } from "../../src/games/gather/Schemas.ts"
import type { RoomId } from "../../src/protocol/Ids.ts"
import { browsing, join, known, until } from "./browsing.ts"
import { findChromium } from "./chromium.ts"
import { type Fixture, type FixtureOptions, nodes, start } from "./fixture/server.ts"
import { Walk } from "./fixture/walk.ts"

const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
  deviceScaleFactor: 2
}

describe.skipIf(findChromium() === null)("the page", () => {
  const { atEnd, open } = browsing()

  const serve = async (options: FixtureOptions = {}): Promise<Fixture> => {
    const fixture = await start(options)
    atEnd(fixture.stop)
    return fixture
  }

  const player = ({ game }: Fixture, seat: number) =>
    (game.rooms.get("main")!.state as GatherView).players[String(seat)]!

  it("is joined with a name and a colour, and played with the keyboard", async () => {
    const fixture = await serve({ bots: 2 })
    const { errors, page } = await open(fixture.page)
    await until(page, ({ view }) => view !== null)
    // A bot has this colour, as soon as the page has drawn that.
    await page.getByRole("radio", { name: "Leaf", disabled: true }).waitFor()
    await page.getByRole("radio", { name: "Cobalt" }).check({ force: true })
    const seat = await join(page)
    const profile = fixture.game.rooms.get("main")!.seats.get(seat)!.profile
    assert.deepStrictEqual(profile, { name: "Cleo", color: "#4a63d8" })
    const before = player(fixture, seat)
    await page.keyboard.down("ArrowLeft")
    await page.keyboard.down("KeyS")
    await page.waitForTimeout(400)
    assert.deepStrictEqual([player(fixture, seat).dx, player(fixture, seat).dy], [-1, 1])
    await page.keyboard.up("ArrowLeft")
    await page.keyboard.up("KeyS")
    await until(page, ({ inputs }) => inputs?.waiting === 0)
    await page.waitForTimeout(600)
    const after = player(fixture, seat)
    assert.isTrue(after.x < before.x && after.y > before.y, JSON.stringify({ before, after }))
    assert.deepStrictEqual([after.dx, after.dy], [0, 0])
    const drawn = (await known(page, ({ points }) => points))[seat]!
    assert.approximately(drawn[0]!, after.x, 1)
    assert.approximately(drawn[1]!, after.y, 1)
    assert.strictEqual((await known(page, ({ inputs }) => inputs))?.disputed, 0)
    assert.deepStrictEqual(fixture.game.disputes, [])
    assert.deepStrictEqual(errors, [])
  })

  it("is played by touch at the width of a phone", async () => {
    const fixture = await serve({ bots: 5 })
    const { errors, page } = await open(fixture.page, phone)
    const seat = await join(page)
    assert.isTrue(await page.evaluate(() => document.documentElement.scrollWidth <= 390), "wider than the phone")
    const before = player(fixture, seat)
    const touches = await page.context().newCDPSession(page)
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", x = 0, y = 0) =>
      touches.send("Input.dispatchTouchEvent", { type, touchPoints: type === "touchEnd" ? [] : [{ x, y }] })
    const box = (await page.locator(".board").boundingBox())!
    await touch("touchStart", box.x + 100, box.y + 100)
    await page.locator(".stick").waitFor()
    for (let pull = 10; pull <= 60; pull += 10) await touch("touchMove", box.x + 100 - pull, box.y + 100)
    await page.waitForTimeout(400)
    assert.deepStrictEqual([player(fixture, seat).dx, player(fixture, seat).dy], [-1, 0])
    await touch("touchEnd")
    await until(page, ({ inputs }) => inputs?.waiting === 0)
    await page.waitForTimeout(400)
    const after = player(fixture, seat)
    assert.isTrue(after.x < before.x)
    assert.strictEqual(after.dx, 0)
    assert.strictEqual(await page.locator(".stick").count(), 0)
    // The part below the field is for thumbs too.
    const pad = (await page.locator(".pad-hint").boundingBox())!
    await touch("touchStart", 195, pad.y + pad.height / 2)
    await touch("touchMove", 195 + 50, pad.y + pad.height / 2 + 50)
    await page.waitForTimeout(400)
    assert.deepStrictEqual([player(fixture, seat).dx, player(fixture, seat).dy], [1, 1])
    await touch("touchEnd")
    assert.deepStrictEqual(errors, [])
  })

  it("tells calmly of an interregnum, and goes on with the same score", async () => {
    const fixture = await serve({ bots: 0 })
    const { errors, page } = await open(fixture.page)
    const seat = await join(page)
    const room = fixture.game.rooms.get("main")!
    const state = room.state as GatherState
    room.state = { ...state, scoreboard: { ...state.scoreboard, [seat]: { score: 3, gamesWon: 2 } } }
    const own = page.getByRole("listitem").filter({ hasText: "2 rounds won" }).getByLabel("3 of 5 points")
    await own.waitFor()
    await page.evaluate(() => {
      Reflect.set(window, "shifts", 0)
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
          Reflect.set(window, "shifts", Reflect.get(window, "shifts") + Reflect.get(entry, "value"))
        }
      }).observe({ type: "layout-shift" })
    })
    assert.isNull(await known(page, ({ banner }) => banner))
    const clock = await known(page, ({ view }) => view!.clock)
    fixture.game.interrupt()
    await until(page, ({ banner }) => banner?.startsWith("The host is gone. Finding another…"))
    await page.keyboard.down("ArrowRight")
    await page.waitForTimeout(150)
    fixture.game.succeed(nodes[1].peerId, { cause: "crash", nothingLost: true, interregnumMs: 18 }, nodes[0])
    await until(page, ({ banner }) => banner === "Ada's machine went away. Bo's hosts now. Nothing was lost.")
    await page.keyboard.up("ArrowRight")
    await until(page, ({ inputs }) => inputs?.waiting === 0)
    await until(page, ({ view }, before) => view!.clock > before!, clock)
    // It walks about, and may have found another point.
    const shown = await known(page, ({ view }, seat) => (view!.game as GatherView).scoreboard[seat!]!, String(seat))
    assert.isTrue(shown.gamesWon > 2 || shown.score >= 3)
    await page.getByText("Bo hosts").waitFor()
    assert.deepStrictEqual(await known(page, ({ counters }) => counters.regressions), 0)
    fixture.game.succeed(nodes[2].peerId, { cause: "handover", nothingLost: true, interregnumMs: 0 }, nodes[1])
    await until(page, ({ banner }) => banner === "This machine hosts now — handed over without a break.")
    fixture.game.lose("main" as RoomId, { ticks: 150, scores: [{ name: "Cleo", before: 3, after: 1 }] })
    await until(page, ({ banner }) => banner?.includes("the other side's game goes on"))
    await page.getByText("3 → 1").waitFor()
    await page.getByText(/in the last [23] seconds/).waitFor()
    assert.isBelow(await page.evaluate(() => Reflect.get(window, "shifts")), 0.02)
    assert.deepStrictEqual(errors, [])
  })

  it("shows the room that was chosen last, though views of the one before it are still under way", async () => {
    const fixture = await serve({ bots: 1, rooms: ["main", "old", "young"] })
    // A view of this room looks newer than all of the other's for hours.
    const old = fixture.game.rooms.get("old")!
    old.clock = old.seq = 1_000_000
    const { errors, page } = await open(fixture.page)
    await page.addInitScript(() => {
      const plain = Object.getOwnPropertyDescriptor(WebSocket.prototype, "onmessage")!
      Object.defineProperty(WebSocket.prototype, "onmessage", {
        ...plain,
        set(this: WebSocket, listen: ((event: unknown) => void) | null) {
          plain.set!.call(this, listen === null ? null : (event: unknown) => setTimeout(() => listen(event), 120))
        }
      })
    })
    await page.reload()
    await until(page, ({ view }) => view?.room === "main")
    await page.getByRole("radio", { name: "old" }).check({ force: true })
    await page.waitForTimeout(40)
    await page.getByRole("radio", { name: "young" }).check({ force: true })
    await until(page, ({ view }) => view?.room === "young")
    const clock = await known(page, ({ view }) => view!.clock)
    await until(page, ({ view }, clock) => view!.clock > clock + 10, clock)
    assert.deepStrictEqual(errors, [])
  })

  it("asks for the whole after a delta that it lacks the base of, and goes on with deltas", async () => {
    const fixture = await serve({ bots: 2 })
    const { page } = await open(fixture.page)
    await join(page)
    const before = await known(page, ({ counters }) => counters)
    await page.evaluate(() => window.__hostless!.dropBase())
    await page.waitForTimeout(500)
    const after = await known(page, ({ counters }) => counters)
    assert.strictEqual(after.resyncs, before.resyncs + 1)
    assert.isTrue(after.views > before.views + 10)
    assert.isTrue((await known(page, ({ silentMs }) => silentMs)) < 300)
  })

  it("keeps its seat across a reload, and gives it to one window at a time", async () => {
    const fixture = await serve()
    const { page } = await open(fixture.page)
    const seat = await join(page)
    await page.reload()
    await until(page, ({ seat: kept }) => kept !== null)
    assert.strictEqual(await known(page, ({ seat: kept }) => kept), seat)
    const token = await page.evaluate(() => sessionStorage.getItem("hostless:token"))
    const second = await page.context().newPage()
    await second.goto(fixture.page)
    await second.evaluate((kept) => {
      sessionStorage.setItem("hostless:token", kept!)
      sessionStorage.setItem("hostless:room", "main")
    }, token)
    await second.reload()
    await until(second, ({ seat: kept }) => kept !== null)
    await page.getByRole("heading", { name: "Played elsewhere" }).waitFor()
    await page.getByRole("button", { name: "Play here instead" }).click()
    await until(page, ({ seat: kept }) => kept !== null)
    assert.strictEqual(await known(page, ({ seat: kept }) => kept), seat)
    await second.getByRole("heading", { name: "Played elsewhere" }).waitFor()
  })

  it("moves with its seat to another node's page when its own node dies", async () => {
    const fixture = await serve({ bots: 1 })
    await fixture.another("127.0.0.2")
    const { page } = await open(fixture.page)
    const seat = await join(page)
    await until(page, ({ view }) => view !== null)
    await page.waitForTimeout(300)
    await fixture.kill()
    await page.waitForURL(/127\.0\.0\.2/)
    await until(page, (now) => now.seat !== null)
    assert.strictEqual(await known(page, ({ seat: kept }) => kept), seat)
    assert.isFalse(page.url().includes("#"), "the token stays in the address bar")
    await page.keyboard.down("ArrowDown")
    await page.locator("canvas").waitFor()
    await page.waitForTimeout(500)
    assert.strictEqual(player(fixture, seat).dy, 1)
    await page.keyboard.up("ArrowDown")
  })

  it("loads what it could not load, as soon as it is linked to its node again", async () => {
    const fixture = await serve({ bots: 1 })
    const { errors, page } = await open("about:blank")
    let cut = (): Promise<void> => Promise.reject(new Error("not linked yet"))
    await page.routeWebSocket(/./, (socket) => {
      socket.connectToServer()
      cut = () => socket.close()
    })
    await page.route("**/assets/phaser*", (route) => route.abort(), { times: 1 })
    await page.goto(fixture.page)
    await page.getByRole("alert").getByText("went away before it had sent the game").waitFor()
    await cut()
    await page.locator("canvas").waitFor()
    await join(page)
    assert.strictEqual(errors.filter((error) => !error.includes("net::ERR_")).join("\n"), "")
  })

  it("is reached, joined, muted and left with the keyboard alone", async () => {
    const fixture = await serve()
    const { errors, page } = await open(fixture.page, { colorScheme: "dark", reducedMotion: "reduce" })
    await until(page, ({ view }) => view !== null)
    await page.getByLabel("Name", { exact: true }).focus()
    await page.keyboard.type("Key")
    await page.keyboard.press("Enter")
    await until(page, ({ seat }) => seat !== null)
    const focused = () =>
      page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent)
    const reach = async (what: string): Promise<void> => {
      for (let i = 0; i < 20; i++) {
        await page.keyboard.press("Tab")
        if ((await focused())?.includes(what)) return
      }
      throw new Error(`not reached: ${what}`)
    }
    await reach("Mute sounds")
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle)
    assert.strictEqual(outline, "solid")
    await page.keyboard.press("Space")
    assert.strictEqual(await page.getByLabel("Mute sounds").getAttribute("aria-pressed"), "true")
    assert.strictEqual(await page.evaluate(() => localStorage.getItem("hostless:muted")), "yes")
    await reach("Leave")
    await page.keyboard.press("Enter")
    await page.getByRole("button", { name: "Play", exact: true }).waitFor()
    await page.waitForTimeout(200)
    assert.strictEqual(fixture.game.rooms.get("main")!.seats.size, 0)
    assert.deepStrictEqual(errors, [])
  })

  it("opens rooms, and watches without a seat", async () => {
    const fixture = await serve({ bots: 2, rooms: ["main", "garden"] })
    const { page } = await open(fixture.page)
    await page.getByRole("radio", { name: "garden" }).check({ force: true })
    await until(page, ({ view }) => view?.room === "garden")
    await page.getByRole("radio", { name: "main" }).check({ force: true })
    await until(page, ({ view }) => view?.room === "main")
    await page.getByRole("button", { name: "Just watch" }).click()
    await until(page, ({ stance }) => stance === "watching")
    assert.strictEqual(fixture.game.rooms.get("main")!.seats.size, 2)
    await page.getByRole("button", { name: "Join the game" }).click()
    await page.getByRole("radio", { name: "New room" }).check({ force: true })
    await page.getByPlaceholder("its name").fill("Deep Sea!")
    await join(page)
    await until(page, ({ room }) => room === "deep-sea")
    assert.isTrue(fixture.game.rooms.has("deep-sea"))
  })

  it("plays a user's own game with the user's own scene", async () => {
    const scene = fileURLToPath(new URL("fixture/scene/walk.js", import.meta.url))
    const fixture = await serve({ game: Walk, scene })
    const { errors, page } = await open(fixture.page)
    const seat = await join(page)
    await page.getByText(`Cleo (me): 0`).waitFor()
    await page.keyboard.press("ArrowLeft")
    await page.getByText(`Cleo (me): 11`).waitFor()
    await page.keyboard.press("ArrowLeft")
    await page.waitForTimeout(300)
    assert.strictEqual(fixture.game.rooms.get("main")!.seats.get(seat)!.lastInput >= 1, true)
    assert.deepStrictEqual(errors, [])
  })

  it("says what to do when the address lacks its key, and shows the code of a shared page", async () => {
    const fixture = await serve({ share: true })
    const bare = await open(fixture.page.replace(/\?.*/, ""))
    await bare.page.getByRole("heading", { name: "No key" }).waitFor()
    const { page } = await open(fixture.page)
    await join(page)
    await page.getByRole("button", { name: "Invite" }).click()
    const code = page.getByAltText("QR code of this page's address")
    await code.waitFor()
    assert.isTrue(await code.evaluate((image) => (image as HTMLImageElement).naturalWidth > 0))
  })
})
