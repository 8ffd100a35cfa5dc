/** Two pages on two real nodes, and the host's process is killed. */
import type { BrowserContextOptions, Page } from "playwright-core"
import { assert, describe, it } from "vitest"
import type { GatherView } from "../../src/games/Gather.ts"
import { agreed, eventually, Lan, type RealNode, untilAll } from "../process/nodes.ts"
import { browsing, join, known, until } from "./browsing.ts"
import { findChromium } from "./chromium.ts"

const phone: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

describe.skipIf(findChromium() === null)("pages on real nodes", () => {
  const { atEnd, open } = browsing()

  const lan = (): Lan => {
    const made = new Lan()
    atEnd(() => Promise.all(made.nodes.map((node) => node.kill())))
    return made
  }

  /** A page that plays, and the errors of its own that it told of (not those of a node that is gone). */
  const play = async (address: string, name: string, options: BrowserContextOptions = {}) => {
    const { errors, page } = await open(address, options)
    const seat = await join(page, name)
    await page.waitForLoadState("networkidle")
    return { page, seat, errors: () => errors.filter((error) => !error.includes("ERR_CONNECTION")) }
  }

  type Playing = Awaited<ReturnType<typeof play>>

  const scoresOf = (page: Page) => known(page, (shown) => (shown.view!.game as GatherView).scoreboard)

  /** The node that hosts now, and the other: who it is may change while browsers take all of a small machine. */
  const roles = async ({ nodes }: Lan) => {
    const all = await untilAll("one host", nodes, agreed)
    const host = nodes[all.findIndex((status) => status.role === "host")]!
    return { host, other: nodes.find((node) => node !== host)! }
  }

  for (const [where, options] of [["on a desk", {}], ["on a phone", phone]] as const) {
    it(`the survivor's page ${where} tells of the host's death and goes on with the same score`, async () => {
      const net = lan()
      const nodes = await net.startAll(2, { bots: 2, args: ["--no-preempt"] })
      const pages = new Map<RealNode, Playing>()
      for (const node of nodes) {
        const playing = await play(node.page, `On ${node.name}`, options)
        pages.set(node, playing)
        if (options === phone) await playing.page.touchscreen.tap(195, 300)
        else await playing.page.keyboard.down("ArrowRight")
      }
      await until(
        pages.get(nodes[0]!)!.page,
        ({ view }) => Object.values((view!.game as GatherView).scoreboard).some(({ score }) => score > 0)
      )

      const { host, other } = await roles(net)
      const { errors, page, seat } = pages.get(other)!
      const before = await scoresOf(page)
      const clock = await known(page, ({ view }) => view!.clock)
      const epoch = await known(page, (shown) => shown.epoch!)
      await host.kill()
      await until(page, ({ banner }) => banner?.includes("hosts now"))
      await until(
        page,
        (shown, [was, at]) => shown.epoch! > was && shown.view!.clock > at + 60,
        [epoch, clock] as const
      )

      const after = await scoresOf(page)
      assert.strictEqual(await known(page, (shown) => shown.seat), seat)
      for (const [one, { gamesWon, score }] of Object.entries(before)) {
        const now = after[one]
        if (now === undefined) continue
        const rounds = Object.values(after).reduce((sum, place) => sum + place.gamesWon, 0)
          - Object.values(before).reduce((sum, place) => sum + place.gamesWon, 0)
        assert.isAtLeast(now.gamesWon, gamesWon)
        if (rounds === 0) assert.isAtLeast(now.score, score, `the score of seat ${one}`)
      }
      assert.deepStrictEqual(errors(), [])
      assert.deepStrictEqual(pages.get(host)!.errors(), [])
      assert.strictEqual((await known(page, ({ inputs }) => inputs))!.disputed, 0)
    })
  }

  it("a page of the killed node moves to another that shares, and keeps its seat", async () => {
    const net = lan()
    await net.startAll(2, { bots: 1, args: ["--share", "--no-preempt"] })
    const { host, other } = await roles(net)
    const { errors, page, seat } = await play(host.page, "Mia")
    await host.kill()
    await eventually("the page to move", async () => page.url().startsWith(other.url) || null)
    await until(page, (shown) => shown.seat !== null)
    assert.strictEqual(await known(page, (shown) => shown.seat), seat)
    const status = await other.status()
    assert.strictEqual(status.players.find((player) => player.seat === seat)?.name, "Mia")
    assert.isFalse(status.players.find((player) => player.seat === seat)!.away)
    assert.deepStrictEqual(errors(), [])
  })
})
