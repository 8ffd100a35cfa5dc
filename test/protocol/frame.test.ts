/** Garbage: nothing but a `FrameError` comes of it, and no memory goes to what is only promised. */
import { assert, describe, it } from "@effect/vitest"
import {
  decodeBody,
  depthMax,
  encodeBody,
  encodeFrame,
  FrameError,
  FrameSplitter,
  strangerBodyBytesMax,
  withNumber
} from "../../src/protocol/Frame.ts"
import { FastCheck } from "../setup/chance.ts"

const frameErrorOrNothing = (act: () => void): boolean => {
  try {
    act()
    return false
  } catch (error) {
    if (!(error instanceof FrameError)) throw error
    return true
  }
}

const runs = { numRuns: 5_000 }
const bytes = FastCheck.uint8Array({ minLength: 0, maxLength: 200 })
const body = (...values: ReadonlyArray<number>) => Uint8Array.from([0, ...values])
const json = (text: string) => Uint8Array.from([1, ...Buffer.from(text)])
const proto = Buffer.from("__proto__")

/** What may travel, with records that look like what bytes are in JSON. */
const { value: plain } = FastCheck.letrec<{ value: unknown }>((tie) => ({
  value: FastCheck.oneof(
    { maxDepth: 4 },
    FastCheck.constant(null),
    FastCheck.boolean(),
    FastCheck.integer(),
    FastCheck.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)),
    FastCheck.string(),
    FastCheck.uint8Array({ maxLength: 300 }),
    FastCheck.array(tie("value"), { maxLength: 3 }),
    FastCheck.dictionary(
      FastCheck.oneof(FastCheck.constantFrom("$bytes", "$$bytes", "x$bytes", "bytes", "proto__"), FastCheck.string()),
      tie("value"),
      { maxKeys: 3, noNullPrototype: true }
    ).filter((record) => !Object.hasOwn(record, "__proto__"))
  )
}))

const nested = (depth: number): unknown => depth === 0 ? 1 : [nested(depth - 1)]

describe("a body", () => {
  it("takes a number in front of its fields, and is the object with one field more", () => {
    const fields = FastCheck.dictionary(FastCheck.string({ minLength: 1 }), FastCheck.anything({ maxDepth: 2 }), {
      maxKeys: 14
    })
    FastCheck.assert(FastCheck.property(fields, FastCheck.integer({ min: 0, max: 0xffff_ffff }), (object, number) => {
      const plain = decodeBody(encodeBody(JSON.parse(JSON.stringify(object)), "msgpack")) as object
      if (Object.hasOwn(plain, "of")) return
      const numbered = withNumber(encodeBody(plain, "msgpack"), "of", number)
      assert.deepStrictEqual(decodeBody(numbered), { of: number, ...plain })
    }))
  })

  it("that is no such object takes none", () => {
    const many = Object.fromEntries(Array.from({ length: 15 }, (_, i) => [`f${i}`, i]))
    for (const value of [[1], 7, "text", many]) {
      assert.throws(() => withNumber(encodeBody(value, "msgpack"), "of", 1), FrameError)
    }
    assert.throws(() => withNumber(encodeBody({ a: 1 }, "json"), "of", 1), FrameError)
  })
})

describe("a body", () => {
  it("of random bytes is a value or a FrameError", () => {
    let refused = 0
    FastCheck.assert(
      FastCheck.property(FastCheck.integer({ min: 0, max: 3 }), bytes, (format, rest) => {
        if (frameErrorOrNothing(() => decodeBody(Uint8Array.from([format, ...rest])))) refused += 1
      }),
      runs
    )
    assert.isAbove(refused, 2_000)
  })

  it("of a message with a byte changed, or cut short, is a value or a FrameError", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.jsonValue({ maxDepth: 5 }),
        FastCheck.constantFrom("msgpack" as const, "json" as const),
        FastCheck.nat(),
        FastCheck.nat(255),
        (value, format, at, byte) => {
          const whole = encodeBody(value, format)
          const changed = Uint8Array.from(whole)
          changed[at % whole.length] = byte
          frameErrorOrNothing(() => decodeBody(changed))
          frameErrorOrNothing(() => decodeBody(whole.slice(0, at % whole.length)))
        }
      ),
      runs
    )
  })

  const refused: ReadonlyArray<readonly [string, Uint8Array]> = [
    ["nothing", Uint8Array.of()],
    ["a format without a value", Uint8Array.of(0)],
    ["an unknown format", Uint8Array.of(2, 1)],
    ["a value and more", body(1, 1)],
    ["an array that promises 4 thousand million values", body(0xdd, 0xff, 0xff, 0xff, 0xff)],
    ["an array that promises 32 million values", body(0xdd, 0x01, 0xff, 0xff, 0xff)],
    ["an object that promises more than there is", body(0xde, 0x00, 0x03, 0xa1, 0x61, 0x01)],
    ["a string longer than there is", body(0xdb, 0x7f, 0xff, 0xff, 0xff, 0x61)],
    ["a length cut short", body(0xdb, 0x7f)],
    ["bytes cut short", body(0xc4, 0x02, 0x00)],
    ["bytes that promise 4 thousand million", body(0xc6, 0xff, 0xff, 0xff, 0xff, 0x00)],
    ["a number as a key", body(0x81, 0x01, 0x01)],
    ["bytes as a key", body(0x81, 0xc4, 0x01, 0x61, 0x01)],
    ["an array as a key", body(0x81, 0x91, 0xa1, 0x61, 0x01)],
    ["the key __proto__", body(0x81, 0xa9, ...proto, 0x80)],
    ["the key __proto__, its length written at length", body(0x81, 0xd9, 9, ...proto, 0x80)],
    ["the key __proto__ further down", body(0x91, 0x82, 0xa1, 0x61, 0x01, 0xa9, ...proto, 0x80)],
    ["the key __proto__ in JSON", json("{\"a\":[{\"__proto__\":{}}]}")],
    ["the key __proto__ in disguise", json("{\"\\u005f_proto__\":{}}")],
    ["bytes in JSON that are no text", json("{\"$bytes\":1}")],
    ["bytes in JSON with half a byte", json("{\"$bytes\":\"abc\"}")],
    ["bytes in JSON that are no hex", json("{\"$bytes\":\"0g\"}")],
    ["a timestamp", body(0xd6, 0xff, 0, 0, 0, 0)],
    ["a definition of records", body(0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61, 0x01)],
    ["a set", body(0xd4, 0x73, 0x00, 0x90)],
    ["what MessagePack never uses", body(0xc1)],
    ["broken UTF-8 in JSON", Uint8Array.of(1, 0x22, 0xff, 0x22)]
  ]
  for (const [name, wrong] of refused) {
    it(`of ${name} is refused`, () => assert.throws(() => decodeBody(wrong), FrameError))
  }

  for (const format of ["msgpack", "json"] as const) {
    it(`nested as deep as may be is taken, deeper is not (${format})`, () => {
      assert.deepStrictEqual(decodeBody(encodeBody(nested(depthMax), format)), nested(depthMax))
      assert.throws(() => decodeBody(encodeBody(nested(depthMax + 1), format)), FrameError)
    })
  }

  it("is what was written, bytes too, in both formats", () => {
    FastCheck.assert(
      FastCheck.property(plain, FastCheck.constantFrom("msgpack" as const, "json" as const), (value, format) => {
        assert.deepStrictEqual(decodeBody(encodeBody(value, format)), value)
      }),
      { numRuns: 2_000 }
    )
  })

  it("has bytes of its own: no buffer, and no view of what it came in", () => {
    for (const format of ["msgpack", "json"] as const) {
      const came = Buffer.from(encodeBody({ bytes: Buffer.from("hello") }, format))
      const { bytes } = decodeBody(came) as { readonly bytes: Uint8Array }
      came.fill(0)
      assert.deepStrictEqual(bytes, Uint8Array.from([104, 101, 108, 108, 111]))
      assert.strictEqual(bytes.buffer.byteLength, 5)
    }
  })

  it("has bytes that people can read in JSON, which no record is taken for", () => {
    const written = (value: unknown) => Buffer.from(encodeBody(value, "json")).subarray(1).toString()
    assert.strictEqual(written([Uint8Array.of(0, 255)]), "[{\"$bytes\":\"00ff\"}]")
    assert.strictEqual(written({ $bytes: "00ff" }), "{\"$$bytes\":\"00ff\"}")
    assert.strictEqual(written({ $$bytes: 1 }), "{\"$$$bytes\":1}")
    assert.strictEqual(written({ $bytes: 1, a: 2 }), "{\"$bytes\":1,\"a\":2}")
  })

  it("may have __proto__ anywhere but as a key", () => {
    for (const format of ["msgpack", "json"] as const) {
      const value = { a: "__proto__", "_proto__": 1, "a__proto__": ["__proto__"] }
      assert.deepStrictEqual(decodeBody(encodeBody(value, format)), value)
    }
  })

  it("nested a million deep costs neither the stack nor much time", () => {
    assert.throws(() => decodeBody(Buffer.concat([Uint8Array.of(0), Buffer.alloc(1_000_000, 0x91)])), FrameError)
    assert.throws(() => decodeBody(Buffer.concat([Uint8Array.of(1), Buffer.alloc(1_000_000, "[")])), FrameError)
  })

  it("brackets in JSON strings are no nesting", () => {
    const value = { ["[{".repeat(100)]: "\\\"[".repeat(100) }
    assert.deepStrictEqual(decodeBody(encodeBody(value, "json")), value)
  })
})

describe("a stream", () => {
  it("of random bytes is frames or a FrameError", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.array(bytes, { maxLength: 20 }), (chunks) => {
        const splitter = new FrameSplitter(1_000)
        frameErrorOrNothing(() => chunks.forEach((chunk) => splitter.push(chunk)))
      }),
      runs
    )
  })

  it("is refused at the length, before anything of the frame has come", () => {
    const length = strangerBodyBytesMax + 1
    const head = Uint8Array.of(0, 0, length >> 8, length & 255)
    assert.throws(() => new FrameSplitter(strangerBodyBytesMax).push(head), FrameError)
    for (const short of [0, 1]) {
      assert.throws(() => new FrameSplitter(strangerBodyBytesMax).push(Uint8Array.of(0, 0, 0, short)), FrameError)
    }
    const bytewise = new FrameSplitter(strangerBodyBytesMax)
    for (const byte of head.subarray(0, 3)) assert.deepStrictEqual(bytewise.push(Uint8Array.of(byte)), [])
    assert.throws(() => bytewise.push(head.subarray(3)), FrameError)
  })

  it("holds what has come, not what is promised", () => {
    const before = process.memoryUsage().arrayBuffers
    const splitters = Array.from({ length: 500 }, () => new FrameSplitter(4 * 1024 * 1024))
    for (const splitter of splitters) {
      splitter.push(Uint8Array.of(0, 0x3f, 0xff, 0xff))
      for (let i = 0; i < 100; i++) splitter.push(Uint8Array.of(1))
    }
    assert.isBelow(process.memoryUsage().arrayBuffers - before, 2 * 1024 * 1024)
    assert.lengthOf(splitters, 500)
  })

  it("byte by byte gives the frame once it is whole", () => {
    const frame = encodeFrame({ hello: "x".repeat(10_000) }, "msgpack")
    const splitter = new FrameSplitter(20_000)
    for (const byte of frame.subarray(0, -1)) assert.lengthOf(splitter.push(Uint8Array.of(byte)), 0)
    assert.deepStrictEqual(splitter.push(frame.subarray(-1)).map(decodeBody), [{ hello: "x".repeat(10_000) }])
  })

  it("may grow its bound between two frames of one chunk, and stop there", () => {
    const frames = Buffer.concat([1, 2, 3].map((n) => encodeFrame("x".repeat(n * 100), "json")))
    const splitter = new FrameSplitter(110)
    const lengths: Array<number> = []
    splitter.feed(frames, (body) => {
      lengths.push(body.length)
      splitter.allow(1_000)
      return lengths.length < 2
    })
    assert.deepStrictEqual(lengths, [103, 203])
  })
})
