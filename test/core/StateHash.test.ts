import { pack, unpack } from "msgpackr"
import { deepStrictEqual } from "node:assert"
import { isDeepStrictEqual } from "node:util"
import { assert, describe, it } from "vitest"
import * as StateHash from "../../src/core/StateHash.ts"
import { fc } from "../setup/chance.ts"

const { value: json } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: "medium" },
    fc.constantFrom(null, true, false, 0, 1, "", "a", "1"),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ maxLength: 5 }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.string({ maxLength: 2 }), tie("value"), { maxKeys: 5, noNullPrototype: true })
  )
}))

/** The same value with every object's keys in reverse order of insertion. */
const reversed = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(reversed)
    : typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).reverse().map(([key, member]) => [key, reversed(member)]))
    : value

const withoutMinusZero = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

/** The value without −0, which isDeepStrictEqual tells from 0. */
const isEqual = (a: unknown, b: unknown): boolean => isDeepStrictEqual(withoutMinusZero(a), withoutMinusZero(b))

describe("StateHash", () => {
  it("is an unsigned 32-bit integer, and the same in every release", () => {
    const values = [null, true, 0, 1.5, "", "hostless", [], {}, { b: [1, 2, { c: null }], a: "x" }]
    deepStrictEqual(values.map((value) => StateHash.hash(value)), [
      2277397642,
      4104946907,
      2053226190,
      679922096,
      580467159,
      1997347092,
      3089348555,
      1670003105,
      1802741164
    ])
    fc.assert(fc.property(json, (value) => {
      const hash = StateHash.hash(value)
      assert.isTrue(Number.isInteger(hash) && hash >= 0 && hash <= 0xffffffff)
    }))
  })

  it("depends neither on the order of keys nor on the way over a wire", () => {
    fc.assert(fc.property(json, (value) => {
      const hash = StateHash.hash(value)
      assert.strictEqual(StateHash.hash(reversed(value)), hash)
      assert.strictEqual(StateHash.hash(JSON.parse(JSON.stringify(value))), hash)
      assert.strictEqual(StateHash.hash(unpack(pack(value))), hash)
    }))
    for (const size of [10, 24, 25, 100]) {
      const entries = Array.from({ length: size }, (_, index) => [`key${(index * 37) % size}`, index] as const)
      const [first, second] = [entries, entries.toSorted()].map((each) => StateHash.hash(Object.fromEntries(each)))
      assert.strictEqual(first, second)
    }
  })

  it("is equal for equal values only", () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        const equal = isEqual(a, b)
        assert.strictEqual(StateHash.hash(a) === StateHash.hash(b), equal)
        assert.strictEqual(StateHash.firstDifferences(a, b, 1).length === 0, equal)
      }),
      { numRuns: 2000 }
    )
  })

  it("tells apart what looks alike", () => {
    const alike: ReadonlyArray<unknown> = [
      null,
      false,
      true,
      0,
      1,
      -1,
      "",
      "0",
      "null",
      [],
      {},
      [[]],
      [{}],
      [null],
      { a: null },
      { a: {} },
      { a: [] },
      ["a", null],
      [0, 0],
      [[0], 0],
      [[0, 0]],
      [0, [0]],
      { a: 1, b: 2 },
      { a: 2, b: 1 },
      { a: { b: 2 } },
      [{ a: 1 }, { b: 2 }],
      "ab",
      "ba",
      "a",
      "a\0",
      ["a", "b"],
      ["ab", ""],
      Uint8Array.of(),
      Uint8Array.of(0),
      Uint8Array.of(0, 0),
      Uint8Array.of(97),
      Uint8Array.of(1, 2, 3, 4, 5),
      Uint8Array.of(1, 2, 3, 5, 4),
      { ab: "" },
      { a: "b" },
      2 ** 31,
      -(2 ** 31),
      2 ** 32,
      2 ** 53,
      2 ** 53 - 1,
      0.1,
      0.1 + 2 ** -56,
      5e-324,
      Infinity,
      -Infinity,
      Number.NaN
    ]
    assert.strictEqual(new Set(alike.map(StateHash.hash)).size, alike.length)
  })

  it("spreads neighbouring states over all bits", () => {
    const hashes = new Set<number>()
    const ones = new Array<number>(32).fill(0)
    for (let x = 0; x < 4096; x++) {
      const hash = StateHash.hash({ players: { 1: { x: x * 2.5, y: 3 } } })
      hashes.add(hash)
      for (let bit = 0; bit < 32; bit++) ones[bit]! += (hash >>> bit) & 1
    }
    // Two of 4096 collide by chance about once in 500 such runs; none of these do.
    assert.strictEqual(hashes.size, 4096)
    for (const count of ones) assert.isTrue(Math.abs(count - 2048) < 160, `ones per bit ${ones}`)
  })

  it("takes bytes for what they are, whatever they are a view of, and tells where they differ", () => {
    const bytes = Uint8Array.of(1, 2, 3, 4, 5)
    const view = Buffer.from([0, 1, 2, 3, 4, 5]).subarray(1)
    assert.strictEqual(StateHash.hash({ bytes: view }), StateHash.hash({ bytes }))
    deepStrictEqual(StateHash.firstDifferences({ bytes: view }, { bytes }, 9), [])
    const others = Uint8Array.of(1, 2, 3, 4, 6)
    deepStrictEqual(StateHash.firstDifferences({ bytes }, { bytes: others }, 9), [
      { path: "/bytes", a: bytes, b: others }
    ])
  })

  it("takes −0 for 0, any NaN for NaN and a key without a value for none", () => {
    assert.strictEqual(StateHash.hash({ x: -0 }), StateHash.hash({ x: 0 }))
    const otherNaN = new Float64Array(new BigUint64Array([0xfff8000000000001n]).buffer)[0]
    assert.strictEqual(StateHash.hash(otherNaN), StateHash.hash(Number.NaN))
    assert.strictEqual(StateHash.hash({ a: 1, b: undefined }), StateHash.hash({ a: 1 }))
    deepStrictEqual(StateHash.firstDifferences({ a: -0, b: Number.NaN }, { a: 0, b: Number.NaN, c: undefined }, 9), [])
  })

  it("refuses what is no plain data, or nested without end", () => {
    for (const value of [undefined, () => 1, Symbol.iterator, 1n, [undefined], { a: () => 1 }]) {
      assert.throws(() => StateHash.hash(value), TypeError)
    }
    const nested = (depth: number): unknown => {
      let value: unknown = 1
      for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value }
      return value
    }
    assert.isNumber(StateHash.hash(nested(StateHash.depthMax)))
    assert.throws(() => StateHash.hash(nested(StateHash.depthMax + 1)), RangeError)
    assert.throws(() => StateHash.firstDifferences(nested(100_000), nested(100_000), 1), RangeError)
  })

  it("chains: the same values in the same order, none left out or doubled", () => {
    const chained = (values: ReadonlyArray<unknown>): number => values.reduce<number>(StateHash.chain, 0)
    fc.assert(
      fc.property(fc.array(json, { maxLength: 5 }), fc.array(json, { maxLength: 5 }), (a, b) => {
        assert.strictEqual(chained(a) === chained(b), isEqual(a, b))
      })
    )
    assert.notStrictEqual(chained([1, 2]), chained([2, 1]))
    assert.notStrictEqual(chained([1]), chained([1, 1]))
    assert.notStrictEqual(chained([[1, 2]]), chained([1, 2]))
    assert.strictEqual(chained([5]), StateHash.hash(5))
  })

  it("names the first differences, down to the field", () => {
    const a = { players: { 1: { x: 1, y: 2 }, 2: { x: 3 } }, list: [1, 2], same: [1], "a/b~c": 1, kind: [] }
    const b = { players: { 1: { x: 1, y: 5 }, 3: { x: 3 } }, list: [1, 4, 5], same: [1], "a/b~c": 2, kind: {} }
    const all = [
      { path: "/a~1b~0c", a: 1, b: 2 },
      { path: "/kind", a: [], b: {} },
      { path: "/list/1", a: 2, b: 4 },
      { path: "/list/2", b: 5 },
      { path: "/players/1/y", a: 2, b: 5 },
      { path: "/players/2", a: { x: 3 } },
      { path: "/players/3", b: { x: 3 } }
    ]
    deepStrictEqual(StateHash.firstDifferences(a, b, 100), all)
    for (let max = 0; max <= all.length; max++) {
      deepStrictEqual(StateHash.firstDifferences(a, b, max), all.slice(0, max))
    }
    deepStrictEqual(StateHash.firstDifferences(1, "1", 3), [{ path: "", a: 1, b: "1" }])
    deepStrictEqual(StateHash.firstDifferences({ toString: 1 }, {}, 3), [{ path: "/toString", a: 1 }])
  })
})
