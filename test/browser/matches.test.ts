/** Matches of Pong in pages of two real servers: from an empty room to a winner and a rematch, and with somebody missing. */
import type { Page } from "playwright-core"
import { assert, describe, it } from "vitest"
import { Lan, type RealNode, settled, untilAll } from "../process/nodes.ts"
import { rarely } from "../setup/often.ts"
import { browsing, known, type Opened, until } from "./browsing.ts"
import { findChromium } from "./chromium.ts"

/** To be looked at by people. */
const shots = "test-results/screenshots"
const wide = { viewport: { width: 1000, height: 700 } }

describe.skipIf(findChromium() === null)("a match in pages of servers", () => {
  const { atEnd, open } = browsing()

  const serve = async (): Promise<{ readonly net: Lan; readonly servers: ReadonlyArray<RealNode> }> => {
    const net = new Lan()
    atEnd(() => Promise.all(net.nodes.map((node) => node.kill())))
    const servers = await net.startAll(2, { command: ["serve"] })
    await untilAll("the highest to host", servers, settled)
    return { net, servers }
  }

  const shoot = (page: Page, name: string) => page.screenshot({ path: `${shots}/${name}.png` })
  const stage = (page: Page, wanted: string) => until(page, ({ view }, given) => view?.match?.stage === given, wanted)
  const says = (page: Page, text: string) => page.getByText(text, { exact: false }).first().waitFor()
  const choice = (page: Page, of: string, label: string) =>
    page.locator(".room-options label", { hasText: of }).getByRole("combobox").selectOption({ label })
  const isReady = (page: Page) => page.getByRole("button", { name: "I am ready" }).click()

  /** A page at a server, that has opened a room with so many seats, or found it in the list. */
  const enter = async (server: RealNode, name: string, room: string, seats: number | null): Promise<Opened> => {
    const opened = await open(server.page, wide)
    const { page } = opened
    await page.getByLabel("Name", { exact: true }).fill(name)
    if (seats === null) await page.locator(".room", { hasText: room }).getByRole("radio").check()
    else {
      await page.locator(".room-new").getByRole("radio").check()
      await page.getByLabel("Name of the new room").fill(room)
      await choice(page, "Players", `${seats}`)
      await choice(page, "Points", "3")
    }
    await page.getByRole("button", { name: "Play", exact: true }).click()
    await until(page, ({ seat }) => seat !== null)
    return opened
  }

  const quiet = ({ errors }: Opened) => assert.deepStrictEqual(errors, [])

  it(
    "of two waits, counts down, stands still while one is away, goes on, names the winner, is played again",
    async () => {
      const { servers } = await serve()
      const mia = await enter(servers[0]!, "Mia", "duel", 2)
      await says(mia.page, "Waiting for opponents")
      await shoot(mia.page, "two-1-waiting")
      const ben = await enter(servers[1]!, "Ben", "duel", null)
      await isReady(mia.page)
      await says(mia.page, "Waiting for Ben")
      // Waited for from before it is there: it is not there for long.
      const called = Promise.all([mia, ben].map(({ page }) => says(page, "Get ready")))
      await isReady(ben.page)
      await called
      await shoot(ben.page, "two-2-countdown")
      await Promise.all([mia, ben].map(({ page }) => stage(page, "playing")))
      await shoot(mia.page, "two-3-playing")

      const address = ben.page.url()
      await ben.page.goto("about:blank")
      await stage(mia.page, "frozen")
      await says(mia.page, "Waiting for Ben")
      const clock = await known(mia.page, ({ view }) => (view!.game as { readonly serves: number }).serves)
      await shoot(mia.page, "two-4-frozen")
      await mia.page.waitForTimeout(1_000)
      assert.strictEqual(await known(mia.page, ({ view }) => (view!.game as { readonly serves: number }).serves), clock)
      const told = says(mia.page, "Going on")
      await ben.page.goto(address)
      await told
      await shoot(mia.page, "two-5-going-on")
      await Promise.all([mia, ben].map(({ page }) => stage(page, "playing")))

      await Promise.all([mia, ben].map(({ page }) => stage(page, "over")))
      const titles = await Promise.all([mia, ben].map(({ page }) => page.locator(".match-card h2").textContent()))
      assert.sameMembers(titles, titles.includes("Ben wins") ? ["Ben wins", "You win!"] : ["Mia wins", "You win!"])
      await shoot(mia.page, "two-6-over")
      for (const { page } of [mia, ben]) await page.getByRole("button", { name: "Rematch" }).click()
      await Promise.all([mia, ben].map(({ page }) => until(page, ({ view }) => view?.match?.round === 2)))
      for (const { page } of [mia, ben]) {
        assert.strictEqual((await known(page, ({ counters }) => counters)).regressions, 0)
        assert.strictEqual((await known(page, ({ inputs }) => inputs))!.disputed, 0)
      }
      quiet(mia)
      quiet(ben)
    }
  )

  rarely(() => {
    it("of four begins for all at once, in pages and for bots", async () => {
      const { net, servers } = await serve()
      const mia = await enter(servers[0]!, "Mia", "square", 4)
      const ben = await enter(servers[1]!, "Ben", "square", null)
      const args = ["--room", "square", "--ui", "bot"]
      net.join({ name: "Bot 1", args })
      net.join({ name: "Bot 2", args })
      for (const { page } of [mia, ben]) {
        await until(page, ({ view }) => Object.keys(view!.seats).length === 4)
        await isReady(page)
      }
      await Promise.all([mia, ben].map(({ page }) => stage(page, "countdown")))
      await shoot(mia.page, "four-1-countdown")
      await Promise.all([mia, ben].map(({ page }) => stage(page, "playing")))
      await until(mia.page, ({ view }) => (view!.game as { readonly phase: string }).phase === "playing")
      await shoot(mia.page, "four-2-playing")
      await until(
        ben.page,
        ({ view }) =>
          Object.values((view!.game as { readonly scores: Record<string, number> }).scores).some((score) => score > 0)
      )
      await shoot(ben.page, "four-3-scored")
      quiet(mia)
      quiet(ben)
    })
  })
})
