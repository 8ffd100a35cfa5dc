import { deepStrictEqual } from "node:assert"
import { assert, describe, it } from "vitest"
import * as Delta from "../../src/core/Delta.ts"
import { decodeBody, encodeBody } from "../../src/protocol/Frame.ts"
import { fc } from "../setup/chance.ts"

/** Plain data with few keys and values, so that two of them often have much in common. */
const { value: json } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: "medium" },
    fc.constantFrom(null, true, false, 0, 1, -7, 2.5, 1e300, 0xffffffff, "", "a", "toString", "é☃"),
    fc.constantFrom([], [1], [1, 2], [2, 1]).map((bytes) => Uint8Array.from(bytes)),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom("a", "b", "c", "1", "2", "10", "toString", "length", ""), tie("value"), {
      maxKeys: 4,
      noNullPrototype: true
    })
  )
}))

const nested = (depth: number, inner: unknown): unknown => {
  let value = inner
  for (let level = 0; level < depth; level++) value = { a: value }
  return value
}

describe("Delta", () => {
  it("turns any value into any other, and leaves both as they were", () => {
    fc.assert(
      fc.property(json, json, (base, next) => {
        const before = JSON.stringify([base, next])
        deepStrictEqual(Delta.apply(base, Delta.diff(base, next)), next)
        assert.strictEqual(JSON.stringify([base, next]), before)
      }),
      { numRuns: 2000 }
    )
  })

  it("is the empty patch for equal values, and the empty patch gives the base itself", () => {
    fc.assert(fc.property(json, (value) => {
      deepStrictEqual(Delta.diff(value, value), Delta.empty)
      deepStrictEqual(Delta.diff(value, structuredClone(value)), Delta.empty)
      assert.strictEqual(Delta.apply(value, Delta.empty), value)
    }))
  })

  it("survives JSON and MessagePack, and is known for a patch", () => {
    fc.assert(
      fc.property(json, json, (base, next) => {
        const patch = Delta.diff(base, next)
        for (
          const arrived of [
            patch,
            ...(["json", "msgpack"] as const).map((format) => decodeBody(encodeBody(patch, format)))
          ]
        ) {
          assert.isTrue(Delta.isPatch(arrived))
          deepStrictEqual(Delta.apply(base, arrived as Delta.Patch), next)
        }
      }),
      { numRuns: 1000 }
    )
  })

  it("refuses or applies, but never breaks, on a base that the patch was not made for", () => {
    fc.assert(
      fc.property(json, json, json, (base, next, other) => {
        const patch = Delta.diff(base, next)
        try {
          const result = Delta.apply(other, patch)
          assert.isDefined(result)
        } catch (error) {
          assert.instanceOf(error, Delta.PatchMisfit)
        }
      }),
      { numRuns: 1000 }
    )
  })

  it("says what changed and no more", () => {
    const base = { players: { 1: { x: 1, y: 2 }, 2: { x: 3, y: 4 } }, list: [1, 2], gone: { a: 1 } }
    const next = { players: { 1: { x: 1.5, y: 2 }, 2: base.players[2] }, list: [1, 2, 3], come: { b: 1 } }
    deepStrictEqual(Delta.diff(base, next), {
      players: { 1: { x: 1.5 } },
      list: [[1, 2, 3]],
      gone: [],
      come: [{ b: 1 }]
    })
  })

  it("changes an array by index where that is smaller, and whole where it is not", () => {
    const places = [{ x: 100, y: 200 }, { x: 300, y: 400 }, { x: 500, y: 60 }]
    const moved = places.with(1, { x: 8, y: 9 })
    deepStrictEqual(Delta.diff(places, moved), { 1: { x: 8, y: 9 } })
    deepStrictEqual(Delta.diff([1, 2, 3], [4, 5, 6]), [[4, 5, 6]])
  })

  it("replaces an object of which nothing stays", () => {
    deepStrictEqual(Delta.diff({ a: 1, b: 2, c: 3 }, { d: 4 }), [{ d: 4 }])
    deepStrictEqual(Delta.diff({ a: 1 }, {}), [{}])
    deepStrictEqual(Delta.diff({}, []), [[]])
  })

  it("shares with the base what did not change", () => {
    const base = { still: { deep: [1, { a: 1 }] }, list: [{ a: 1 }, { b: 2 }, { c: "a long enough text" }], moving: 1 }
    const next = structuredClone(base)
    next.moving = 2
    next.list[0] = { a: 9 }
    const applied = Delta.apply(base, Delta.diff(base, next))
    deepStrictEqual(applied, next)
    assert.strictEqual(applied.still, base.still)
    assert.strictEqual(applied.list[2], base.list[2])
  })

  it("does not look into subtrees that are the same object", () => {
    const trap = new Proxy({}, {
      ownKeys: () => {
        throw new Error("looked into")
      }
    })
    deepStrictEqual(Delta.diff({ shared: trap, a: 1 }, { shared: trap, a: 2 }), { a: 2 })
  })

  it("counts a key without a value as absent", () => {
    deepStrictEqual(Delta.diff({ a: 1, b: 1 }, { a: undefined, b: 1 }), { a: [] })
    deepStrictEqual(Delta.diff({ a: undefined, b: 1 }, { b: 1 }), Delta.empty)
    deepStrictEqual(Delta.diff({ a: undefined, b: 1 }, { a: [1], b: 1 }), { a: [[1]] })
  })

  describe("from outside", () => {
    const hostileKeys = ["__proto__", "constructor", "prototype"]

    it("is refused with a key that could reach a prototype, at any depth", () => {
      for (const key of hostileKeys) {
        for (
          const text of [
            `{"${key}":{"polluted":1}}`,
            `{"a":{"${key}":1}}`,
            `{"a":{"${key}":[]}}`,
            `[{"${key}":{"polluted":1}}]`,
            `{"a":[[{"${key}":1}]]}`
          ]
        ) assert.isFalse(Delta.isPatch(JSON.parse(text)), text)
      }
    })

    it("reaches no prototype even if nobody checked it", () => {
      for (const key of hostileKeys) {
        const patch = JSON.parse(`{"a":{"${key}":{"polluted":1}}}`)
        assert.throws(() => Delta.apply({ a: { b: 1 } }, patch), Delta.PatchMisfit)
        assert.throws(() => Delta.apply({ a: JSON.parse(`{"${key}":{}}`) }, patch), Delta.PatchMisfit)
      }
      assert.isUndefined(({} as { polluted?: unknown }).polluted)
    })

    it("is never made with such a key", () => {
      for (const key of hostileKeys) {
        const keyed = JSON.parse(`{"${key}":1,"a":1}`)
        assert.throws(() => Delta.diff({ a: 1 }, keyed), TypeError)
        assert.throws(() => Delta.diff(keyed, { a: 1 }), TypeError)
      }
    })

    it("is taken up to 32 levels deep and refused beyond", () => {
      const deepest = nested(Delta.patchDepthMax, 1)
      for (const next of [nested(Delta.patchDepthMax, 2), nested(Delta.patchDepthMax - 1, {}), { a: 1 }, 5]) {
        const patch = Delta.diff(deepest, next)
        assert.isTrue(Delta.isPatch(patch))
        deepStrictEqual(Delta.apply(deepest, patch), next)
        const backwards = Delta.diff(next, deepest)
        assert.isTrue(Delta.isPatch(backwards))
        deepStrictEqual(Delta.apply(next, backwards), deepest)
      }
      const tooDeep = nested(Delta.patchDepthMax + 1, 1)
      assert.isFalse(Delta.isPatch(tooDeep))
      assert.isFalse(Delta.isPatch([tooDeep]))
      assert.throws(() => Delta.apply(tooDeep, tooDeep as Delta.Patch), Delta.PatchMisfit)
      assert.isFalse(Delta.isPatch(nested(100_000, 1)))
      let array: unknown = []
      for (let level = 0; level < 100_000; level++) array = [array]
      assert.isFalse(Delta.isPatch(array))
    })

    it("is refused unless it is plain data of the right form", () => {
      const refused: ReadonlyArray<unknown> = [
        undefined,
        [],
        [1],
        [null],
        [[], []],
        { a: [1, 2] },
        { a: undefined },
        [{ a: undefined }],
        // oxlint-disable-next-line no-sparse-arrays
        [[1, , 2]],
        Number.NaN,
        Infinity,
        { a: 10n },
        new Map([["a", 1]]),
        { a: new Date(0) },
        [new Uint8Array(3)],
        new Uint16Array(3),
        () => 1,
        Symbol.iterator
      ]
      for (const value of refused) assert.isFalse(Delta.isPatch(value))
      for (const value of [null, true, 0, "", {}, new Uint8Array(3), { a: [] }, [[]], [{}], { a: [[1, 2]] }]) {
        assert.isTrue(Delta.isPatch(value))
      }
    })

    it("does not fit where it removes or changes what is not there", () => {
      const misfits: ReadonlyArray<readonly [unknown, Delta.Patch]> = [
        [{ a: 1 }, { b: [] }],
        [{ a: 1 }, { b: { c: 1 } }],
        [{ a: 1 }, { toString: { c: 1 } }],
        [{ a: 1 }, { a: { c: 1 } }],
        [[1, 2], { 2: 1 }],
        [[1, 2], { "-1": 1 }],
        [[1, 2], { "01": 1 }],
        [[1, 2], { "0.5": 1 }],
        [[1, 2], { length: 0 }],
        [[1, 2], { 0: [] }],
        [5, { a: 1 }],
        [{ a: 1 }, []]
      ]
      for (const [base, patch] of misfits) assert.throws(() => Delta.apply(base, patch), Delta.PatchMisfit)
    })
  })
})
