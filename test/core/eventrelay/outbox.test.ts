/** What waits for a slow reader: bounded, in order, newest of each key. */
import { assert, it } from "vitest"
import { Outbox } from "../../../src/core/eventrelay/Outbox.ts"
import { Recent } from "../../../src/core/eventrelay/Recent.ts"
import { fc } from "../../setup/chance.ts"

const body = (text: string): Uint8Array => new TextEncoder().encode(text)

it("all that has no key, and the newest of each key, in the order in which they came", () => {
  const put = fc.record({ key: fc.option(fc.constantFrom("a", "b", "c")), take: fc.boolean() })
  fc.assert(fc.property(fc.array(put, { maxLength: 60 }), (puts) => {
    const outbox = new Outbox()
    let waiting: Array<{ readonly key: string | null; readonly text: string }> = []
    puts.forEach(({ key, take }, i) => {
      const text = `${key}${i}`
      outbox.put(key, body(text))
      waiting = [...waiting.filter((one) => key === null || one.key !== key), { key, text }]
      assert.strictEqual(outbox.bytes, waiting.reduce((sum, one) => sum + one.text.length, 0))
      if (!take) return
      const taken = outbox.take(8).map((bytes) => new TextDecoder().decode(bytes))
      assert.deepStrictEqual(taken, waiting.splice(0, taken.length).map((one) => one.text))
      assert.isAbove(taken.length, 0)
    })
    assert.deepStrictEqual(
      outbox.take(1e9).map((bytes) => new TextDecoder().decode(bytes)),
      waiting.map(({ text }) => text)
    )
    assert.isTrue(outbox.isEmpty && outbox.bytes === 0)
  }))
})

it("a history is bounded in number and length, and keeps the last", () => {
  fc.assert(fc.property(fc.array(fc.nat({ max: 30 })), (lengths) => {
    const recent = new Recent(5, 40)
    const all = lengths.map((length, i) => `${i}:`.padEnd(length, "x"))
    for (const text of all) recent.add(text)
    const last = recent.last(100)
    assert.deepStrictEqual(last, all.slice(all.length - last.length))
    assert.isTrue(last.length <= 5 && last.join("").length <= 40)
  }))
})
