import type { Browser } from "playwright-core"
import { afterAll, assert, beforeAll, describe, expect, it } from "vitest"
import { findChromium, launch } from "./chromium.ts"

it("CHROMIUM_PATH is taken at its word", () => {
  const before = process.env["CHROMIUM_PATH"]
  try {
    process.env["CHROMIUM_PATH"] = process.execPath
    expect(findChromium()).toBe(process.execPath)
    process.env["CHROMIUM_PATH"] = "/nowhere/chromium"
    expect(findChromium()).toBe(null)
  } finally {
    if (before === undefined) delete process.env["CHROMIUM_PATH"]
    else process.env["CHROMIUM_PATH"] = before
  }
})

describe.skipIf(findChromium() === null)("the browser", () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(() => browser?.close())

  it("runs pages, and draws WebGL without a graphics card", async () => {
    const page = await browser.newPage()
    await page.setContent("<canvas width=8 height=8></canvas>")
    const pixel = await page.evaluate(() => {
      const gl = document.querySelector("canvas")?.getContext("webgl")
      if (!gl) return null
      gl.clearColor(1, 0, 0, 1)
      gl.clear(gl.COLOR_BUFFER_BIT)
      const rgba = new Uint8Array(4)
      gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, rgba)
      return [...rgba]
    })
    assert.deepStrictEqual(pixel, [255, 0, 0, 255])
    await page.close()
  })
})
