/** What tests with a browser share: one browser per file, and what they open in it, which ends with each test. */
import type { Browser, BrowserContextOptions, Page } from "playwright-core"
import { afterAll, afterEach, beforeAll } from "vitest"
import { eventually } from "../process/nodes.ts"
import { launch } from "./chromium.ts"

type Exposed = NonNullable<Window["__hostless"]>

/** A browser without a graphics card draws with the processor that all the others want, too. */
const pageTimeoutMs = 120_000

/** Where a test does not say: as few pixels as a wide page can be looked at with. */
const viewport = { width: 960, height: 640 }

/**
 * Draws six times a second, as a slow machine does: pictures without a graphics card take all the time that there is, at
 * any rate, and nothing that a page does depends on how many it has shown.
 */
const slowDisplay = (): void => {
  const frameMs = 150
  const [draw, forget] = [window.requestAnimationFrame.bind(window), window.cancelAnimationFrame.bind(window)]
  /** Those that wait, by the number that the page knows. */
  const waiting = new Map<number, () => void>()
  let last = 0
  window.requestAnimationFrame = (callback) => {
    const id = ++last
    const timer = setTimeout(() => {
      const frame = draw((at) => {
        waiting.delete(id)
        callback(at)
      })
      waiting.set(id, () => forget(frame))
    }, frameMs)
    waiting.set(id, () => clearTimeout(timer))
    return id
  }
  window.cancelAnimationFrame = (id) => {
    waiting.get(id)?.()
    waiting.delete(id)
  }
}

/** A page, and the errors that it tells of. */
export interface Opened {
  readonly page: Page
  readonly errors: Array<string>
}

export interface Browsing {
  /** Done at the end of the test, the last first. */
  readonly atEnd: (end: () => Promise<unknown>) => void
  readonly open: (address: string, options?: BrowserContextOptions) => Promise<Opened>
}

/** Called where tests are described. */
export const browsing = (): Browsing => {
  let browser: Browser
  const ends: Array<() => Promise<unknown>> = []
  beforeAll(async () => {
    browser = await launch()
  })
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end()
  })
  afterAll(() => browser?.close())

  return {
    atEnd: (end) => ends.push(end),
    open: async (address, options = {}) => {
      const context = await browser.newContext({ viewport, ...options })
      context.setDefaultTimeout(pageTimeoutMs)
      await context.addInitScript(slowDisplay)
      ends.push(() => context.close())
      const page = await context.newPage()
      const errors: Array<string> = []
      page.on("console", (message) => message.type() === "error" && errors.push(message.text()))
      page.on("pageerror", (error) => errors.push(error.message))
      await page.goto(address)
      return { page, errors }
    }
  }
}

/** What the page exposes; `given` is handed in, since the function sees nothing of where it is written. */
export const known = <A, B = null>(page: Page, read: (shown: Exposed, given: B) => A, given?: B): Promise<A> =>
  page.evaluate(`(${read})(window.__hostless, ${JSON.stringify(given ?? null)})`)

/**
 * Waits until this is truthy, and answers with it. Asked from outside, since the page's own rules let nobody evaluate text in
 * it; a page on its way to another node has nothing to say for a moment.
 */
export const until = async <A, B = null>(
  page: Page,
  read: (shown: Exposed, given: B) => A,
  given?: B
): Promise<NonNullable<A>> => {
  try {
    return await eventually(String(read), async () => (await known(page, read, given).catch(() => null)) || null, {
      timeoutMs: pageTimeoutMs
    })
  } catch (cause) {
    const shown = await page.evaluate(() => JSON.stringify(window.__hostless)).catch(String)
    throw new Error(`The page has never fulfilled ${read}, and says ${shown}`, { cause })
  }
}

/** Takes a seat, and answers with its number. */
export const join = async (page: Page, name = "Cleo"): Promise<number> => {
  await page.getByLabel("Name", { exact: true }).fill(name)
  await page.getByRole("button", { name: "Play", exact: true }).click()
  await until(page, ({ seat }) => seat !== null)
  return (await known(page, ({ seat }) => seat))!
}
