/** Whether a connection is still of use, by script. */
import { assert, describe, it } from "vitest"
import * as KeepAlive from "../../../src/core/screen/KeepAlive.ts"

const times: KeepAlive.Times = { openMsMax: 700, silentMsMax: 400, pingEveryMs: 100, lookEveryMs: 50, stalledMs: 150 }

/** Looks every `lookEveryMs` until something is found that ends it; when, what, and how often it asked. */
const untilEnd = (from: KeepAlive.KeepAlive, nowMs: number, of = times) => {
  let alive = from
  let pings = 0
  for (let atMs = nowMs + of.lookEveryMs; atMs < nowMs + 10_000; atMs += of.lookEveryMs) {
    const [next, finding] = KeepAlive.look(alive, of, atMs)
    alive = next
    if (finding === "ping") pings++
    else if (finding !== null) return { atMs, finding, pings }
  }
  return { atMs: Infinity, finding: null, pings }
}

describe("a connection", () => {
  it("that does not open in time has failed", () => {
    assert.deepStrictEqual(untilEnd(KeepAlive.dialing(0), 0), { atMs: 750, finding: "no answer", pings: 0 })
  })

  it("is asked, and gone when it says nothing", () => {
    const open = KeepAlive.opened(KeepAlive.dialing(0), 0)
    assert.deepStrictEqual(untilEnd(open, 0), { atMs: 450, finding: "silent", pings: 4 })
    assert.deepStrictEqual(untilEnd(KeepAlive.heard(open, 300), 0), { atMs: 750, finding: "silent", pings: 7 })
    assert.strictEqual(untilEnd({ ...open, isQuiet: true }, 0).pings, 0)
    assert.strictEqual(untilEnd(open, 0, { ...times, pingEveryMs: null }).pings, 0)
  })

  it("has another chance when who looks was stopped itself", () => {
    const open = KeepAlive.opened(KeepAlive.dialing(0), 0)
    const [alive, finding] = KeepAlive.look(open, times, 5_000)
    assert.strictEqual(finding, "ping")
    assert.strictEqual(untilEnd(alive, 5_000).atMs, 5_450)
  })

  it("is tried again after waits that grow up to a bound", () => {
    const waits = [0, 1, 2, 10, 1_000].map((failures) => KeepAlive.againAfterMs(failures, { first: 250, max: 2_000 }))
    assert.deepStrictEqual(waits, [250, 375, 562.5, 2_000, 2_000])
  })
})
