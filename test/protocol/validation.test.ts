/** Checks compiled from schemas say what the schemas say. */
import { Arbitrary, Either, Schema } from "effect"
import { assert, describe, it } from "vitest"
import { Gather, Pong } from "../../src/games/index.ts"
import { Beat } from "../../src/protocol/Beat.ts"
import { conversations } from "../../src/protocol/Conversation.ts"
import { encodeBody } from "../../src/protocol/Frame.ts"
import { NodeMessage, ScreenMessage } from "../../src/protocol/Session.ts"
import { decoder, guard, jsonReader, reader } from "../../src/protocol/Validation.ts"
import { FastCheck } from "../setup/chance.ts"
import { plain } from "./plain.ts"

const schemas: Readonly<Record<string, Schema.Schema.AnyNoContext>> = {
  ...Object.fromEntries(Object.entries(conversations).map(([name, { schema }]) => [name, schema])),
  beat: Beat,
  screen: ScreenMessage,
  node: NodeMessage,
  "an input of Gather": Gather.Input,
  "an input of Pong": Pong.Input
}

/** Something else in place of a part of a value, or beside it. */
const spoiled = (value: unknown, where: number, what: unknown): unknown => {
  const places: Array<(() => void)> = []
  const copy = structuredClone({ value }) as Record<string, unknown>
  const walk = (at: Record<string, unknown>): void => {
    for (const key of Object.keys(at)) {
      places.push(() => {
        at[key] = what
      }, () => {
        delete at[key]
      })
      const inner = at[key]
      if (typeof inner !== "object" || inner === null) continue
      places.push(() => {
        if (Array.isArray(inner)) inner.push(what)
        else (inner as Record<string, unknown>)["more"] = what
      })
      walk(inner as Record<string, unknown>)
    }
  }
  walk(copy)
  places[where % places.length]!()
  return copy["value"]
}

const oddities = FastCheck.oneof(
  FastCheck.constantFrom(null, true, "", "main", 0, -1, 0.5, NaN, Infinity, 2 ** 53, [], {}, { _tag: "held" }),
  FastCheck.jsonValue({ maxDepth: 2 })
)

describe("a compiled check", () => {
  for (const [name, schema] of Object.entries(schemas)) {
    const decode = decoder(schema)
    const is = guard(schema)
    const expected = Schema.decodeUnknownEither(schema)
    const expectedIs = Schema.is(schema)
    const values = Arbitrary.make(schema).map(plain).filter(expectedIs)

    it(`takes ${name} as it is`, () => {
      FastCheck.assert(
        FastCheck.property(values, (value) => {
          assert.strictEqual(Either.getOrThrow(decode(value)), value, "not a copy")
          assert.isTrue(is(value))
        }),
        { numRuns: 50 }
      )
    })

    it(`makes of what is not quite ${name} what the schema makes of it`, () => {
      FastCheck.assert(
        FastCheck.property(values, FastCheck.nat(), oddities, (value, where, what) => {
          const odd = spoiled(value, where, what)
          const [got, wanted] = [decode(odd), expected(odd)]
          assert.strictEqual(Either.isRight(got), Either.isRight(wanted))
          if (Either.isRight(got) && Either.isRight(wanted)) assert.deepStrictEqual(got.right, wanted.right)
          assert.strictEqual(is(odd), expectedIs(odd))
        }),
        { numRuns: 200 }
      )
    })
  }

  it("leaves to the schema what it makes something else of", () => {
    const decode = decoder(
      Schema.Struct({ at: Schema.NumberFromString, many: Schema.optionalWith(Schema.Int, { default: () => 1 }) })
    )
    assert.deepStrictEqual(decode({ at: "5" }), Either.right({ at: 5, many: 1 }))
  })

  it("leaves to the schema which of several kinds of objects is meant", () => {
    const either = Schema.Union(Schema.Struct({ a: Schema.Int }), Schema.Struct({ a: Schema.Int, b: Schema.Int }))
    assert.deepStrictEqual(decoder(either)({ a: 1, b: 2 }), Schema.decodeUnknownEither(either)({ a: 1, b: 2 }))
  })

  it("drops what is too much, and keeps what may be missing", () => {
    const some = Schema.Struct({ a: Schema.Int, b: Schema.optional(Schema.Int) })
    assert.deepStrictEqual(decoder(some)({ a: 1, c: 3 }), Either.right({ a: 1 }))
    assert.deepStrictEqual(decoder(some)({ a: 1 }), Either.right({ a: 1 }))
    assert.isTrue(Either.isLeft(decoder(some)({ b: 1 })))
  })

  it("looks into what contains itself", () => {
    interface Tree {
      readonly value: number
      readonly below: ReadonlyArray<Tree>
    }
    const Tree: Schema.Schema<Tree> = Schema.Struct({
      value: Schema.Int,
      below: Schema.Array(Schema.suspend((): Schema.Schema<Tree> => Tree))
    })
    const tree = { value: 1, below: [{ value: 2, below: [] }] }
    assert.strictEqual(Either.getOrThrow(decoder(Tree)(tree)), tree)
    assert.isTrue(Either.isLeft(decoder(Tree)({ value: 1, below: [{ value: 2.5, below: [] }] })))
  })
})

describe("a reader", () => {
  const Point = Schema.Struct({ x: Schema.Int })
  const utf8 = new TextEncoder()

  it("gives what a body says, however it is written, and null for everything else", () => {
    const read = reader(Point)
    for (const format of ["msgpack", "json"] as const) {
      assert.deepStrictEqual(read(encodeBody({ x: 1, y: 2 }, format)), { x: 1 } as never)
      assert.isNull(read(encodeBody({ x: 1.5 }, format)))
      assert.isNull(read(encodeBody({ x: 1 }, format).subarray(0, 3)))
    }
    assert.isNull(read(new Uint8Array(0)))
    assert.isNull(read(new Uint8Array([9, 9, 9])))
  })

  it("of JSON takes text in UTF-8 and nothing else", () => {
    const read = jsonReader(Point)
    assert.deepStrictEqual(read(utf8.encode("{\"x\":1}")), { x: 1 })
    assert.isNull(read(utf8.encode("{\"x\":")))
    assert.isNull(read(utf8.encode("{\"x\":\"1\"}")))
    assert.isNull(read(new Uint8Array([0x22, 0xff, 0x22])))
  })
})
