/** Raftian as it is meant: real nodes, a page on each, and the leader's process is killed in the middle of it. */
import type { Page } from "playwright-core"
import { assert, describe, it } from "vitest"
import * as StateHash from "../../src/core/StateHash.ts"
import type { RaftianView } from "../../src/games/raftian/Schemas.ts"
import { eventually, Lan, type RealNode, temporaryDirectory, untilAll } from "../process/nodes.ts"
import { browsing, join, known, until } from "./browsing.ts"
import { findChromium } from "./chromium.ts"

/** Groups form one node after the other, beside whatever else a small machine does. */
const patient = { timeoutMs: 60_000 }

/** Where a picture of each step is left, if anywhere. */
const pictures = process.env["RAFTIAN_PICTURES"]

/** Defines the test, where there is a browser. */
export const raftianOn = (count: number) =>
  describe.skipIf(findChromium() === null)(`Raftian on ${count} real nodes`, () => {
    const { atEnd, open } = browsing()

    const viewport = { width: 400, height: 320 }
    const picture = async (page: Page, name: string): Promise<void> => {
      if (pictures !== undefined) await page.screenshot({ path: `${pictures}/${name}.png` })
    }

    interface Player {
      readonly node: RealNode
      readonly page: Page
      readonly seat: number
      readonly errors: () => ReadonlyArray<string>
    }

    const play = async (node: RealNode): Promise<Player> => {
      const { errors, page } = await open(node.page, { viewport, reducedMotion: "reduce" })
      const seat = await join(page, node.name)
      await page.locator(".canvas canvas").waitFor()
      return { node, page, seat, errors: () => errors.filter((error) => !error.includes("ERR_CONNECTION")) }
    }

    /** What the page shows of the game. */
    const viewOf = (page: Page) => known(page, ({ view }) => view!.game as RaftianView)
    /** Presses the number of this seat's city, once both are in the game. */
    const attack = async ({ page, seat }: Player, on: Player): Promise<void> => {
      await until(
        page,
        ({ view }, seats) => seats.every((one) => (view!.game as RaftianView).cities[one!]?.away === undefined),
        [seat, on.seat]
      )
      const { cities } = await viewOf(page)
      const said = () => known(page, ({ inputs }) => inputs!.acknowledged[0] + inputs!.waiting)
      const before = await said()
      await eventually("the press to be taken", async () => {
        await page.keyboard.press(`Digit${cities[on.seat]!.place + 1}`)
        return await said() > before || null
      })
    }
    const hp = ({ page }: Player, of: Player, to: number) =>
      until(page, ({ view }, [seat, hp]) => (view!.game as RaftianView).cities[seat!]?.hp === hp, [of.seat, to])
    /** The board that all of them show, and its hash. */
    const same = (players: ReadonlyArray<Player>) =>
      eventually("the same board on all pages", async () => {
        const all = await Promise.all(
          players.map(({ page }) => known(page, ({ view }) => [view!.seq, view!.game] as const))
        )
        const hashes = new Set(all.map((board) => StateHash.hash(board)))
        return hashes.size === 1 ? all[0]![1] as RaftianView : null
      })

    it("a leader killed in mid-attack costs nothing that was committed, and comes back with its log", async () => {
      const lan = new Lan()
      atEnd(() => Promise.all(lan.nodes.map((node) => node.kill())))
      const directories = Array.from({ length: count }, () => temporaryDirectory())
      const start = (n: number) =>
        lan.start({
          command: ["play", "raftian", "--headless"],
          name: `n${n + 1}`,
          args: ["--data-dir", directories[n]!]
        })
      const nodes = await Promise.all(directories.map((_, n) => start(n)))
      await untilAll(
        "all to be voters",
        nodes,
        ({ election, host }) => host !== null && election.voters.length === count,
        patient
      )

      const players: Array<Player> = []
      for (const node of nodes) players.push(await play(node))
      await Promise.all(
        players.map(({ page }) =>
          until(page, ({ view }, all) => Object.keys((view!.game as RaftianView).cities).length === all, count)
        )
      )
      const all = await untilAll("one leader", nodes, ({ host }, [first]) => host !== null && host === first!.host)
      const at = all.findIndex(({ host, peerId }) => host === peerId)
      const leader = players[at]!
      const others = players.filter((player) => player !== leader)
      await attack(leader, others[0]!)
      await Promise.all(players.map((player) => hp(player, others[0]!, 70)))
      await picture(others[0]!.page, "before")

      await Promise.all([
        ...others.map((player, i) => attack(player, others[(i + 1) % others.length]!)),
        leader.node.kill()
      ])
      for (const player of others) {
        await hp(player, others[0]!, 40)
        for (const other of others.slice(1)) await hp(player, other, 70)
        await until(
          player.page,
          ({ view }, seat) => (view!.game as RaftianView).cities[seat]!.away === true,
          leader.seat
        )
        await until(player.page, ({ log }, term) => log!.term > term!, all[at]!.election.term)
      }
      await picture(others[0]!.page, "after")

      const again = await start(at)
      const before = await same(others)
      const back = await play(again)
      const board = await same([...others, back])
      await picture(back.page, "back")
      assert.strictEqual((await again.status()).peerId, all[at]!.peerId)
      for (const { seat } of others) assert.strictEqual(board.cities[seat]!.hp, before.cities[seat]!.hp)
      await untilAll(
        "all to vote",
        [...others.map(({ node }) => node), again],
        ({ election }) => election.voters.length === count
      )
      for (const { errors, page } of [...others, back]) {
        assert.deepStrictEqual(errors(), [])
        assert.strictEqual((await known(page, ({ inputs }) => inputs))!.disputed, 0)
      }
    })
  })
