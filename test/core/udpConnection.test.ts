/** Two ends of a UDP connection over channels that do their worst, in virtual time, by seed. */
import { assert, describe, it } from "vitest"
import { ChunkWriter, parse as parseChunks } from "../../src/core/udp/Chunks.ts"
import { windowMax } from "../../src/core/udp/CongestionWindow.ts"
import { type Delivery, firstMs, idleMs } from "../../src/core/udp/Connection.ts"
import { newestBytesMax, newestKeys } from "../../src/core/udp/NewestSender.ts"
import { parse } from "../../src/core/udp/Packet.ts"
import { Chance } from "../../src/simulation/time/Chance.ts"
import { fc } from "../setup/chance.ts"
import { type Conditions, type End, id, Pair, quantile, whole } from "./udp/Pair.ts"

const tickMs = 1_000 / 60
const runs = Number(process.env["UDP_RUNS"] ?? 60)

const bytesOf = (length: number, seed: number): Uint8Array => {
  const chance = new Chance(BigInt(seed))
  return Uint8Array.from({ length }, () => chance.below(256))
}

/** A message that begins with a number. */
const numbered = (n: number, length: number): Uint8Array => {
  const message = new Uint8Array(Math.max(4, length))
  new DataView(message.buffer).setUint32(0, n)
  return message
}
const numberOf = (bytes: Uint8Array): number => new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)

const anyConditions: fc.Arbitrary<Conditions> = fc.record({
  latencyMs: fc.double({ min: 0, max: 60, noNaN: true }),
  jitterMs: fc.double({ min: 0, max: 40, noNaN: true }),
  loss: fc.double({ min: 0, max: 0.4, noNaN: true }),
  duplication: fc.double({ min: 0, max: 0.3, noNaN: true }),
  corruption: fc.double({ min: 0, max: 0.1, noNaN: true }),
  bytesPerSecond: fc.constantFrom(100_000, 1_000_000, 50_000_000, Infinity),
  queueMs: fc.constantFrom(5, 50)
})

describe("the stream", () => {
  it("delivers everything once and in order, both ways, whatever the channel does", () => {
    const sizes = fc.array(fc.nat({ max: 6_000 }), { maxLength: 40 })
    fc.assert(
      fc.property(fc.nat(), anyConditions, sizes, sizes, (seed, conditions, there, back) => {
        const pair = new Pair(seed, conditions)
        const ends: ReadonlyArray<readonly [End, ReadonlyArray<number>]> = [[pair.dialer, there], [pair.acceptor, back]]
        const said = ends.map(([end, sizes], which) =>
          Buffer.concat(sizes.map((size, i) => {
            const bytes = bytesOf(size, seed + 2 * i + which)
            pair.at(pair.nowMs + i * 20, () => {
              end.connection.write(bytes)
              end.flush()
            })
            return bytes
          }))
        )
        pair.at(pair.nowMs + 1_000, () => {
          for (const [end] of ends) {
            end.connection.finish()
            end.flush()
          }
        })
        pair.run(120_000, () => !ends.every(([end]) => end.ended.length > 0 && end.connection.isSettled))
        for (const [which, [end]] of ends.entries()) {
          assert.deepStrictEqual(end.ended, ["closed"])
          assert.isTrue(end.connection.isSettled)
          assert.isTrue(Buffer.compare(end.received, said[1 - which]!) === 0)
        }
      }),
      { numRuns: runs }
    )
  })

  it("carries 4 MiB in order at 20 % loss, duplication and reordering", () => {
    const pair = new Pair(7, { ...whole, jitterMs: 3, loss: 0.2, duplication: 0.1, corruption: 0.02 })
    const bytes = bytesOf(4 * 1024 * 1024, 1)
    pair.dialer.connection.write(bytes)
    pair.dialer.connection.finish()
    pair.dialer.flush()
    pair.run(30_000, () => !pair.dialer.connection.isSettled)
    assert.deepStrictEqual(pair.acceptor.ended, ["closed"])
    assert.isTrue(Buffer.compare(pair.acceptor.received, bytes) === 0)
  })

  it("keeps to what passes, where that is little", () => {
    const pair = new Pair(8, { ...whole, latencyMs: 5, bytesPerSecond: 1_000_000, queueMs: 40 })
    const bytes = bytesOf(1_000_000, 1)
    const before = pair.nowMs
    pair.dialer.connection.write(bytes)
    pair.dialer.flush()
    pair.run(30_000, () => pair.acceptor.bytes < bytes.length)
    // It takes a second; not much more, nor more than a third sent in vain.
    assert.isBelow(pair.nowMs - before, 2_000)
    assert.isBelow(pair.dialer.datagrams, 1.35 * bytes.length / 1_100 + 300)
  })

  it("has no more than its window under way where nobody answers", () => {
    const pair = new Pair(9, whole)
    pair.run(100)
    pair.acceptor.isCut = true
    const before = pair.dialer.datagrams
    pair.dialer.connection.write(bytesOf(3_000_000, 1))
    pair.dialer.flush()
    assert.isAtMost(pair.dialer.datagrams - before, windowMax)
    pair.run(5_000)
    assert.isAtMost(pair.dialer.datagrams - before, windowMax + 600)
    assert.isAbove(pair.dialer.connection.queuedBytes, 2_600_000)
  })

  it("goes on soon after a cut, however long that was", () => {
    for (const cutMs of [300, 3_000, 10_000]) {
      const pair = new Pair(10, whole)
      pair.run(100)
      pair.acceptor.isCut = true
      pair.dialer.connection.write(bytesOf(5_000, 1))
      pair.dialer.flush()
      pair.run(cutMs)
      assert.strictEqual(pair.acceptor.bytes, 0)
      pair.acceptor.isCut = false
      pair.run(250, () => pair.acceptor.bytes < 5_000)
      assert.strictEqual(pair.acceptor.bytes, 5_000)
    }
  })

  it("takes a few milliseconds, and at 20 % loss no more than some ticks", () => {
    const latencies = (loss: number) => {
      const pair = new Pair(11, { ...whole, jitterMs: 2, loss, duplication: loss / 2 })
      pair.run(100)
      const [took, writtenAt]: [Array<number>, Array<number>] = [[], []]
      let bytes = 0
      pair.acceptor.onDelivery = (delivery) => {
        if (delivery._tag === "bytes") bytes += delivery.bytes.length
        while (took.length < Math.floor(bytes / 200)) took.push(pair.nowMs - writtenAt[took.length]!)
      }
      pair.every(tickMs, 3_000, (n) => {
        writtenAt[n] = pair.nowMs
        pair.dialer.connection.write(new Uint8Array(200))
        pair.dialer.flush()
      })
      pair.run(3_000 * tickMs + 1_000)
      return took
    }
    const [clean, few, lossy] = [latencies(0), latencies(0.05), latencies(0.2)]
    // What was lost is missed before the next tick.
    assert.isBelow(quantile(few, 0.99), tickMs)
    assert.lengthOf(lossy, 3_000)
    assert.isAtMost(Math.max(...clean), 3)
    assert.isBelow(quantile(lossy, 0.99), 5 * tickMs)
    assert.isBelow(Math.max(...lossy), 200)
  })
})

describe("newest wins", () => {
  /** Posts a message every tick for a minute; the ages of the newest there, each millisecond. */
  const ages = (conditions: Conditions, size: number): ReadonlyArray<number> => {
    const pair = new Pair(21, conditions)
    pair.run(200)
    let newest = -1
    const postedAt: Array<number> = []
    const ages: Array<number> = []
    pair.acceptor.onDelivery = (delivery: Delivery) => {
      if (delivery._tag !== "message") return
      assert.isAbove(numberOf(delivery.bytes), newest, "an older one after a newer")
      assert.lengthOf(delivery.bytes, size)
      newest = numberOf(delivery.bytes)
    }
    const ticks = 60 * 60
    pair.every(tickMs, ticks, (n) => {
      postedAt[n] = pair.nowMs
      assert.isTrue(pair.dialer.connection.post(1, numbered(n, size)))
      pair.dialer.flush()
    })
    pair.every(1, Math.floor(ticks * tickMs), () => {
      if (newest >= 0) ages.push(pair.nowMs - postedAt[newest]!)
    })
    pair.run(ticks * tickMs)
    return ages
  }

  const lossy = { ...whole, loss: 0.2, duplication: 0.1 }
  const cases = [
    ["a datagram each, on a LAN", { ...lossy, jitterMs: 4 }, 600],
    ["a datagram each, far away", { ...lossy, latencyMs: 30, jitterMs: 20 }, 600],
    ["four datagrams each, on a LAN", { ...lossy, jitterMs: 2 }, 4_000],
    ["fifteen datagrams each, on a LAN", { ...lossy, jitterMs: 2 }, 16_000]
  ] as const
  for (const [name, conditions, size] of cases) {
    it(`at 20 % loss and reordering no older than 3 ticks and a round trip, 99 of 100: ${name}`, () => {
      const roundTripMs = 2 * (conditions.latencyMs + conditions.jitterMs / 2)
      assert.isBelow(quantile(ages(conditions, size), 0.99), 3 * tickMs + roundTripMs)
    })
  }

  it("delivers the last of each key, whole and never after a newer one, whatever the channel does", () => {
    const posts = fc.array(fc.tuple(fc.nat({ max: newestKeys - 1 }), fc.nat({ max: newestBytesMax })), {
      minLength: 1,
      maxLength: 40
    })
    fc.assert(
      fc.property(fc.nat(), anyConditions, posts, (seed, conditions, posts) => {
        const pair = new Pair(seed, conditions)
        const last = new Map<number, Uint8Array>()
        for (const [n, [key, size]] of posts.entries()) {
          const message = numbered(n, size)
          message.fill(n, 4)
          last.set(key, message)
          pair.at(pair.nowMs + n * 10, () => {
            assert.isTrue(pair.dialer.connection.post(key, message))
            pair.dialer.flush()
          })
        }
        const got = new Map<number, Uint8Array>()
        pair.acceptor.onDelivery = (delivery) => {
          if (delivery._tag !== "message") return
          const before = got.get(delivery.key)
          if (before !== undefined) assert.isAbove(numberOf(delivery.bytes), numberOf(before))
          got.set(delivery.key, delivery.bytes.slice())
        }
        const isDone = () =>
          Array.from(last).every(([key, message]) => Buffer.compare(got.get(key) ?? new Uint8Array(0), message) === 0)
        pair.run(60_000, () => !isDone())
        assert.isTrue(isDone())
      }),
      { numRuns: runs }
    )
  })

  it("refuses what is too large, and keys that are none", () => {
    const { connection } = new Pair(1, whole).dialer
    assert.isFalse(connection.post(0, new Uint8Array(newestBytesMax + 1)))
    assert.isFalse(connection.post(newestKeys, new Uint8Array(1)))
  })

  it("is not held up by the stream", () => {
    const pair = new Pair(22, { ...whole, bytesPerSecond: 2_000_000, queueMs: 100 })
    pair.run(100)
    pair.dialer.connection.write(bytesOf(2_000_000, 1))
    pair.dialer.flush()
    pair.run(200)
    const before = pair.nowMs
    pair.dialer.connection.post(0, numbered(1, 500))
    pair.dialer.flush()
    pair.run(2_000, () => pair.acceptor.messages.length === 0)
    assert.isBelow(pair.nowMs - before, 300)
    assert.isBelow(pair.acceptor.bytes, 2_000_000)
  })
})

describe("an end", () => {
  it("makes itself heard every 10 ms, and less to who is silent", () => {
    const pair = new Pair(31, whole)
    pair.run(1_000)
    assert.approximately(pair.dialer.datagrams, 100, 5)
    assert.approximately(pair.acceptor.datagrams, 100, 5)
    pair.acceptor.isCut = true
    pair.run(1_100)
    const before = pair.dialer.datagrams
    pair.run(1_000)
    assert.approximately(pair.dialer.datagrams - before, 10, 2)
  })

  it("gives up who is silent for long, but not for what it slept itself", () => {
    const pair = new Pair(32, whole)
    pair.run(100)
    pair.acceptor.isCut = true
    pair.run(idleMs - 50)
    assert.deepStrictEqual(pair.dialer.ended, [])
    pair.run(100)
    assert.deepStrictEqual(pair.dialer.ended, ["silent"])
    assert.isTrue(pair.dialer.connection.isOver)

    const { connection } = new Pair(33, whole).dialer
    connection.receive({ _tag: "data", id, number: 0, awaited: 0, body: new Uint8Array(0) }, 1_000)
    // Stopped for a minute, it takes what waits for it before it judges.
    for (const ms of [61_000, 61_500, 61_990]) {
      assert.deepStrictEqual(connection.tick(ms), [])
      assert.isNotNull(connection.transmit(ms))
    }
    assert.deepStrictEqual(connection.tick(62_001), [{ _tag: "ended", how: "silent" }])
  })

  it("that was dialled says nothing before it is spoken to, and is given up soon where that does not come", () => {
    const pair = new Pair(34, whole)
    pair.acceptor.isCut = true
    pair.run(5)
    pair.dialer.isCut = true
    pair.acceptor.isCut = false
    pair.acceptor.connection.write(bytesOf(100, 1))
    pair.acceptor.flush()
    pair.run(firstMs - 10)
    assert.strictEqual(pair.acceptor.datagrams, 0)
    assert.deepStrictEqual(pair.acceptor.ended, [])
    pair.run(20)
    assert.deepStrictEqual(pair.acceptor.ended, ["silent"])
  })

  it("does nothing any more when it was aborted or reset", () => {
    const pair = new Pair(35, whole)
    pair.run(100)
    const packet = parse(pair.dialer.connection.abort())
    assert.deepStrictEqual(packet, { _tag: "reset", id })
    pair.acceptor.take(pair.acceptor.connection.reset())
    pair.acceptor.take(pair.acceptor.connection.reset())
    assert.deepStrictEqual(pair.acceptor.ended, ["reset"])
    const before = [pair.dialer.datagrams, pair.acceptor.datagrams]
    for (const end of [pair.dialer, pair.acceptor]) {
      end.connection.write(bytesOf(10, 1))
      end.flush()
    }
    pair.run(20_000)
    assert.deepStrictEqual([pair.dialer.datagrams, pair.acceptor.datagrams], before)
  })

  it("measures the round trip", () => {
    const pair = new Pair(36, { ...whole, latencyMs: 7 })
    pair.every(tickMs, 60, () => {
      pair.dialer.connection.write(bytesOf(50, 1))
      pair.dialer.flush()
    })
    pair.run(1_000)
    assert.approximately(pair.dialer.connection.roundTripMs!, 14, 1)
  })

  it("sends again less and less often to who is silent, but at once often to who is not any more", () => {
    const { connection } = new Pair(38, whole).dialer
    connection.write(bytesOf(100, 1))
    let nowMs = 1_000
    const segmentsAt: Array<number> = []
    const pass = (ms: number) => {
      for (const until = nowMs + ms; nowMs < until; nowMs++) {
        connection.tick(nowMs)
        for (let out = connection.transmit(nowMs); out !== null; out = connection.transmit(nowMs)) {
          const packet = parse(out)
          if (packet?._tag !== "data") continue
          if (parseChunks(packet.body)!.some(({ _tag }) => _tag === "segment")) segmentsAt.push(nowMs)
        }
      }
    }
    const pauses = () => segmentsAt.slice(1).map((at, i) => at - segmentsAt[i]!)
    pass(2_500)
    assert.deepStrictEqual(pauses().slice(0, 4), [100, 200, 400, 500])
    const body = new Uint8Array(0)
    connection.receive({ _tag: "data", id, number: 0, awaited: 0, body }, nowMs)
    segmentsAt.length = 0
    pass(1_000)
    assert.deepStrictEqual([segmentsAt[0], ...pauses().slice(0, 2)], [3_500, 200, 400])
  })

  it("believes no ack of what it never sent", () => {
    const { connection } = new Pair(37, whole).dialer
    connection.write(bytesOf(1_000, 3))
    assert.isNotNull(connection.transmit(1_000))
    const writer = new ChunkWriter(100)
    writer.ack({ largest: 400, delayMs: 0, next: 400, lowest: 0, missing: [] })
    const body = writer.take()
    assert.deepStrictEqual(connection.receive({ _tag: "data", id, number: 0, awaited: 0, body }, 1_001), [])
    connection.tick(1_200)
    const again = parse(connection.transmit(1_200)!)
    const segments = again?._tag === "data" ? parseChunks(again.body)!.filter(({ _tag }) => _tag === "segment") : []
    assert.lengthOf(segments, 1)
  })
})
