import { Schema } from "effect"
import { assert, describe, it } from "vitest"
import { encodeBody } from "../../src/protocol/Frame.ts"
import { bodyReader, jsonReader } from "../../src/protocol/Reading.ts"

describe("a reader", () => {
  const Point = Schema.Struct({ x: Schema.Int })
  const utf8 = new TextEncoder()

  it("gives what a body says, however it is written, and null for everything else", () => {
    const read = bodyReader(Point)
    for (const format of ["msgpack", "json"] as const) {
      assert.deepStrictEqual(read(encodeBody({ x: 1, y: 2 }, format)), { x: 1 } as never)
      assert.isNull(read(encodeBody({ x: 1.5 }, format)))
      assert.isNull(read(encodeBody({ x: 1 }, format).subarray(0, 3)))
    }
    assert.isNull(read(new Uint8Array(0)))
    assert.isNull(read(new Uint8Array([9, 9, 9])))
  })

  it("of JSON takes text in UTF-8, no longer than it may be, and nothing else", () => {
    const read = jsonReader(Point, 16)
    assert.deepStrictEqual(read(utf8.encode("{\"x\":1}")), { x: 1 })
    assert.isNull(read(utf8.encode("{\"x\":1}" + " ".repeat(10))))
    assert.isNull(read(utf8.encode("{\"x\":")))
    assert.isNull(read(utf8.encode("{\"x\":\"1\"}")))
    assert.isNull(read(new Uint8Array([0x22, 0xff, 0x22])))
  })
})
