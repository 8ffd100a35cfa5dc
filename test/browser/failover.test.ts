/** Two pages on two real nodes, and the host's process is killed. */
import type { BrowserContextOptions, Page } from "playwright-core"
import { assert, describe, it } from "vitest"
import type { GatherView } from "../../src/games/gather/Schemas.ts"
import { agreed, eventually, Lan, type RealNode, untilAll } from "../process/nodes.ts"
import { often } from "../setup/often.ts"
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
    return { page, seat, errors: () => errors.filter((error) => !error.includes("net::ERR_")) }
  }

  type Playing = Awaited<ReturnType<typeof play>>

  const gameOf = (page: Page) => known(page, (shown) => shown.view!.game as GatherView)

  /** The node that hosts now, the other, and the reign: who it is may change while browsers take all of a small machine. */
  const roles = async ({ nodes }: Lan) => {
    const all = await untilAll("one host", nodes, agreed)
    const host = nodes[all.findIndex((status) => status.role === "host")]!
    return { host, other: nodes.find((node) => node !== host)!, epoch: all[0]!.epoch! }
  }

  const wheres = [["on a phone", phone], ["on a desk", {}]] as const
  for (const [where, options] of wheres.slice(0, often(1, 2))) {
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

      const { epoch, host, other } = await roles(net)
      const { errors, page, seat } = pages.get(other)!
      const before = await gameOf(page)
      const clock = await known(page, ({ view }) => view!.clock)
      await host.kill()
      await until(page, ({ banner }) => banner?.includes("hosts now"))
      await until(
        page,
        (shown, [was, at]) => shown.epoch! > was && shown.view!.clock > at + 60,
        [epoch, clock] as const
      )

      const after = await gameOf(page)
      assert.strictEqual(await known(page, (shown) => shown.seat), seat)
      for (const [one, { gamesWon, score }] of Object.entries(before.scoreboard)) {
        const now = after.scoreboard[one]
        if (now === undefined) continue
        assert.isAtLeast(now.gamesWon, gamesWon)
        // Points begin anew with a round.
        if (after.round === before.round) assert.isAtLeast(now.score, score, `the score of seat ${one}`)
      }
      assert.strictEqual(errors().join("\n"), "")
      assert.strictEqual(pages.get(host)!.errors().join("\n"), "")
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
    assert.strictEqual(errors().join("\n"), "")
  })
})
