/** Inputs that wait for their tick. */
import { assert, describe, it } from "vitest"
import { InputBuffer } from "../../src/core/InputBuffer.ts"
import { inputsPerTickMax } from "../../src/protocol/Event.ts"
import type { InputNumber, SeatId } from "../../src/protocol/Ids.ts"
import { inputsPerMessageMax, type NumberedInput } from "../../src/protocol/Input.ts"
import { fc } from "../setup/chance.ts"

const numbered = (from: number, to: number): ReadonlyArray<NumberedInput> =>
  Array.from({ length: to - from + 1 }, (_, i) => [(from + i) as InputNumber, { n: from + i }])
const none = 0 as InputNumber
const seat = (n: number) => n as SeatId
const numbersOf = (taken: ReturnType<InputBuffer["take"]>, of = 1) =>
  taken.filter(([who]) => who === of).map(([, number]) => number as number)

describe("inputs that wait for their tick", () => {
  it("come out once each, in order, without gaps, however they are sent", () => {
    // A screen sends all that is not acknowledged, again and again; messages may come late or be lost.
    const message = fc.tuple(fc.nat(40), fc.nat(20), fc.boolean())
    fc.assert(fc.property(fc.array(message), fc.integer({ min: 1, max: 4 }), (messages, perSeat) => {
      const buffer = new InputBuffer()
      let applied = 0
      for (const [first, count, tick] of messages) {
        buffer.offer(seat(1), applied as InputNumber, numbered(first + 1, first + count))
        if (!tick) continue
        for (const number of numbersOf(buffer.take(perSeat))) {
          assert.strictEqual(number, applied + 1)
          applied = number
        }
      }
    }))
  })

  it("are counted as known when they come again", () => {
    const buffer = new InputBuffer()
    assert.strictEqual(buffer.offer(seat(1), 3 as InputNumber, numbered(1, 5)), 3)
    assert.strictEqual(buffer.offer(seat(1), 3 as InputNumber, numbered(4, 6)), 2)
    assert.deepStrictEqual(numbersOf(buffer.take(9)), [4, 5, 6])
  })

  it("after a gap are not taken", () => {
    const buffer = new InputBuffer()
    buffer.offer(seat(1), none, numbered(2, 4))
    assert.deepStrictEqual(buffer.take(9), [])
    buffer.offer(seat(1), none, [...numbered(1, 2), ...numbered(4, 5)])
    assert.deepStrictEqual(numbersOf(buffer.take(9)), [1, 2])
  })

  it("of several seats come sorted by seat, a few of each", () => {
    const buffer = new InputBuffer()
    for (const n of [11, 2, 1]) buffer.offer(seat(n), none, numbered(1, 5))
    const taken = buffer.take(2)
    assert.deepStrictEqual(taken.map(([who, number]) => [who, number]) as unknown, [[1, 1], [1, 2], [2, 1], [2, 2], [
      11,
      1
    ], [11, 2]])
  })

  it("are never more than a seat may send, nor than a tick holds, and every seat gets its share", () => {
    const buffer = new InputBuffer()
    for (let n = 1; n <= 256; n++) buffer.offer(seat(n), none, numbered(1, 1_000))
    let ticks = 0
    for (let taken = buffer.take(4); taken.length > 0; taken = buffer.take(4)) {
      assert.isAtMost(taken.length, inputsPerTickMax)
      assert.strictEqual(new Set(taken.map(([who]) => who)).size, 256)
      ticks++
    }
    assert.strictEqual(ticks, inputsPerMessageMax / 2)
  })

  it("of a seat that has none waiting take no share from the others", () => {
    const buffer = new InputBuffer()
    for (let n = 1; n <= 256; n++) buffer.offer(seat(n), none, numbered(1, 1))
    buffer.take(4)
    buffer.offer(seat(1), 1 as InputNumber, numbered(2, 9))
    assert.deepStrictEqual(numbersOf(buffer.take(8)), [2, 3, 4, 5, 6, 7, 8, 9])
  })

  it("are handed over whole, and are gone then", () => {
    const buffer = new InputBuffer()
    buffer.offer(seat(2), none, numbered(1, 2))
    buffer.offer(seat(1), none, numbered(1, 1))
    assert.deepStrictEqual(buffer.drain(), [[seat(1), numbered(1, 1)], [seat(2), numbered(1, 2)]] as never)
    assert.deepStrictEqual(buffer.drain(), [])
    assert.deepStrictEqual(buffer.take(4), [])
  })

  it("of a seat that was given up are forgotten", () => {
    const buffer = new InputBuffer()
    buffer.offer(seat(1), none, numbered(1, 2))
    buffer.forget(seat(1))
    assert.deepStrictEqual(buffer.take(4), [])
  })
})
