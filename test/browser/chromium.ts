/**
 * The browser for tests: an installed Chromium, driven through playwright-core, which brings none of its own.
 *
 * Tests start with `describe.skipIf(findChromium() === null)`; `setup.ts` tells why they were skipped.
 */
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { type Browser, chromium } from "playwright-core"

const commands = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"]

const places = [
  "/usr/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium"
]

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** What to do when there is no browser. */
export const noChromium =
  "no Chromium was found. Install it (apt-get install chromium) or set CHROMIUM_PATH to its program."

/** The browser's program: `CHROMIUM_PATH` and nothing else when that is set, else the usual places and the PATH. */
export const findChromium = (): string | null => {
  const given = process.env["CHROMIUM_PATH"]
  if (given !== undefined && given !== "") return isExecutable(given) ? given : null
  const directories = (process.env["PATH"] ?? "").split(delimiter).filter((directory) => directory !== "")
  const onPath = commands.flatMap((command) => directories.map((directory) => join(directory, command)))
  return [...places, ...onPath].find(isExecutable) ?? null
}

/**
 * Starts it at a lower priority, also where Linux shares its time between sessions first: at 3 it has half the share of
 * anybody else on a busy machine, at 19 next to none.
 */
const givingWay = (program: string): string =>
  `#!/bin/sh
(echo 3 >/proc/self/autogroup) 2>/dev/null
exec nice -n 3 "${program}" "$@"
`

/**
 * A browser without a window, on a new profile in a temporary directory that goes when it is closed. It gives way to all
 * else: players' pages are drawn by their own machines, not by those of the nodes.
 */
export const launch = async (): Promise<Browser> => {
  const program = findChromium()
  if (program === null) throw new Error(noChromium)
  const place = mkdtempSync(join(tmpdir(), "hostless-browser-"))
  const executablePath = join(place, "chromium")
  writeFileSync(executablePath, givingWay(program), { mode: 0o755 })
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      // In containers and as root the sandbox does not start.
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      // Without a graphics card WebGL is drawn by the processor, which has to be asked for.
      "--enable-unsafe-swiftshader",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run"
    ]
  }).finally(() => rmSync(place, { recursive: true }))
}
