/** Two pages on two real nodes, and the host's process is killed. */
import type { Browser, BrowserContextOptions, Page } from "playwright-core"
import { afterAll, afterEach, assert, beforeAll, describe, it } from "vitest"
import type { GatherView } from "../../src/games/Gather.ts"
import type { Status } from "../../src/protocol/Status.ts"
import { agreed, eventually, Lan, type RealNode, untilAll } from "../process/nodes.ts"
import { findChromium, launch } from "./chromium.ts"

const phone: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

type Exposed = NonNullable<Window["__hostless"]>

describe.skipIf(findChromium() === null)("pages on real nodes", () => {
  let browser: Browser
  const ends: Array<() => Promise<unknown>> = []

  beforeAll(async () => {
    browser = await launch()
  })
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end()
  })
  afterAll(() => browser?.close())

  const lan = (): Lan => {
    const made = new Lan()
    ends.push(() => Promise.all(made.nodes.map((node) => node.kill())))
    return made
  }

  /** A page that plays, and the errors of its own that it told of (not those of a node that is gone). */
  const play = async (address: string, name: string, options: BrowserContextOptions = {}) => {
    const context = await browser.newContext(options)
    ends.push(() => context.close())
    const page = await context.newPage()
    const errors: Array<string> = []
    page.on("pageerror", (error) => errors.push(error.message))
    page.on("console", (message) => {
      if (message.type() === "error" && !message.text().includes("ERR_CONNECTION")) errors.push(message.text())
    })
    await page.goto(address)
    await page.getByLabel("Name", { exact: true }).fill(name)
    await page.getByRole("button", { name: "Play", exact: true }).click()
    await until(page, "a seat", (shown) => shown.seat !== null)
    await page.waitForLoadState("networkidle")
    return { page, errors }
  }

  const known = <A>(page: Page, read: (known: Exposed) => A): Promise<A> =>
    page.evaluate(`window.__hostless === undefined ? null : (${read})(window.__hostless)`)

  /** Asked from outside; a page on its way to another node has nothing to say for a moment. */
  const until = <A>(page: Page, what: string, read: (known: Exposed) => A): Promise<NonNullable<A>> =>
    eventually(what, async () => (await known(page, read).catch(() => null)) || null) as Promise<NonNullable<A>>

  const scoresOf = (page: Page) => known(page, (shown) => (shown.view!.game as GatherView).scoreboard)

  const hostOf = (nodes: ReadonlyArray<RealNode>, all: ReadonlyArray<Status>) =>
    nodes[all.findIndex((status) => status.role === "host")]!

  for (const [where, options] of [["on a desk", {}], ["on a phone", phone]] as const) {
    it(`the survivor's page ${where} tells of the host's death and goes on with the same score`, async () => {
      const net = lan()
      const nodes = await net.startAll(2, { bots: 2, args: ["--no-preempt"] })
      const host = hostOf(nodes, await untilAll("one host", nodes, agreed))
      const other = nodes.find((node) => node !== host)!
      const onHost = await play(host.page, "Mia", options)
      const onOther = await play(other.page, "Noa", options)
      if (options === phone) {
        await onOther.page.touchscreen.tap(195, 300)
      } else await onOther.page.keyboard.down("ArrowRight")
      await until(
        onOther.page,
        "a score",
        (shown) => Object.values((shown.view!.game as GatherView).scoreboard).some(({ score }) => score > 0)
      )

      const seat = (await known(onOther.page, (shown) => shown.seat))!
      const before = await scoresOf(onOther.page)
      const clock = await known(onOther.page, (shown) => shown.view!.clock)
      const epoch = await known(onOther.page, (shown) => shown.epoch!)
      await host.kill()
      await until(onOther.page, "the banner", (shown) => shown.banner?.includes("hosts now"))
      await eventually(
        "the clock to go on",
        async () =>
          (await known(onOther.page, (shown) => [shown.epoch, shown.view!.clock] as const).then(
            ([nowEpoch, nowClock]) => nowEpoch! > epoch && nowClock > clock + 60
          )) || null
      )

      const after = await scoresOf(onOther.page)
      assert.strictEqual(await known(onOther.page, (shown) => shown.seat), seat)
      for (const [one, { gamesWon, score }] of Object.entries(before)) {
        const now = after[one]
        if (now === undefined) continue
        const rounds = Object.values(after).reduce((sum, place) => sum + place.gamesWon, 0)
          - Object.values(before).reduce((sum, place) => sum + place.gamesWon, 0)
        assert.isAtLeast(now.gamesWon, gamesWon)
        if (rounds === 0) assert.isAtLeast(now.score, score, `the score of seat ${one}`)
      }
      assert.deepStrictEqual(onOther.errors, [])
      assert.deepStrictEqual(onHost.errors, [])
      assert.strictEqual((await known(onOther.page, (shown) => shown.inputs))!.disputed, 0)
    })
  }

  it("a page of the killed node moves to another that shares, and keeps its seat", async () => {
    const net = lan()
    const nodes = await net.startAll(2, { bots: 1, args: ["--share", "--no-preempt"] })
    const host = hostOf(nodes, await untilAll("one host", nodes, agreed))
    const other = nodes.find((node) => node !== host)!
    const { errors, page } = await play(host.page, "Mia")
    const seat = await known(page, (shown) => shown.seat)
    await host.kill()
    await eventually("the page to move", async () => page.url().startsWith(other.url) || null)
    await until(page, "the seat", (shown) => shown.seat)
    assert.strictEqual(await known(page, (shown) => shown.seat), seat)
    const status = await other.status()
    assert.strictEqual(status.players.find((player) => player.seat === seat)?.name, "Mia")
    assert.isFalse(status.players.find((player) => player.seat === seat)!.away)
    assert.deepStrictEqual(errors, [])
  })
})
