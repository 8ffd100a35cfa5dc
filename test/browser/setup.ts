/**
 * Before the tests with a browser: says so when there is none, and they are skipped.
 */
import { findChromium, noChromium } from "./chromium.ts"

export default function setup(): void {
  if (findChromium() === null) console.warn(`Tests with a browser are skipped: ${noChromium}`)
}
