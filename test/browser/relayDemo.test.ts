/** The relay's demonstration in a real browser: circles go through a real relay, and every control does what it says. */
import type { Page } from "playwright-core"
import { assert, describe, it } from "vitest"
import { eventually, Run } from "../process/nodes.ts"
import { browsing } from "./browsing.ts"
import { findChromium } from "./chromium.ts"

interface Measured {
  readonly error: number
  readonly jump: number
  readonly received: number
}

const measured = (page: Page): Promise<Measured> =>
  page.evaluate("window.__relayDemo ?? { error: 0, jump: 0, received: 0 }") as Promise<Measured>

const turn = (page: Page, name: string, value: number): Promise<void> =>
  page.locator(`input[name=${name}]`).evaluate((input, to) => {
    const range = input as HTMLInputElement
    range.value = String(to)
    range.dispatchEvent(new Event("input", { bubbles: true }))
  }, value)

describe.skipIf(findChromium() === null)("hostless demo relay", () => {
  const { atEnd, open } = browsing()

  const start = async (): Promise<string> => {
    const demo = new Run(["demo", "relay"], { GAME_IP: "127.41.10.1" })
    atEnd(async () => {
      demo.signal("SIGTERM")
      assert.strictEqual((await demo.end()).code, 0)
    })
    return demo.firstLine()
  }

  it("shows circles that came through the relay, nearer to the truth by some ways than by others", async () => {
    const { errors, page } = await open(await start(), { viewport: { width: 1280, height: 900 } })
    await eventually("circles", async () => (await measured(page)).received > 60 || null)
    await turn(page, "lossPercent", 0)
    await turn(page, "jitterMs", 0)
    const settled = async (method: string): Promise<number> => {
      await page.getByText(method, { exact: true }).click()
      await page.locator("#state", { hasText: method }).waitFor()
      const from = (await measured(page)).received
      await eventually("more circles", async () => (await measured(page)).received > from + 120 || null)
      return (await measured(page)).error
    }
    const late = await settled("interpolation")
    const combined = await settled("combined")
    assert.isBelow(combined, late / 2)
    await turn(page, "lagMs", 500)
    const slow = await settled("latest")
    assert.isAbove(slow, 100)
    assert.strictEqual(await page.locator(".uplot canvas").count(), 1)
    assert.deepStrictEqual(errors, [])
  })

  it("fits a phone, and takes the touch of one", async () => {
    const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 }
    const { errors, page } = await open(await start(), phone)
    await eventually("circles", async () => (await measured(page)).received > 30 || null)
    assert.isTrue(await page.evaluate(() => document.documentElement.scrollWidth <= 390), "wider than the phone")
    await page.getByText("history", { exact: true }).tap()
    await page.locator("#state", { hasText: "history" }).waitFor()
    assert.deepStrictEqual(errors, [])
  })
})
