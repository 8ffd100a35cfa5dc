/** Bytes of the UDP protocol: what is written is read again, and nothing else is taken for it. */
import { assert, describe, it } from "vitest"
import { AddressValidation, cookieLifetimeMs } from "../../src/core/udp/AddressValidation.ts"
import {
  type Ack,
  ackReserveBytes,
  ackSpanMax,
  type Chunk,
  ChunkWriter,
  contentOverheadBytes,
  parse as parseChunks
} from "../../src/core/udp/Chunks.ts"
import { Connection } from "../../src/core/udp/Connection.ts"
import { crc32c } from "../../src/core/udp/Crc32c.ts"
import { Dial } from "../../src/core/udp/Dial.ts"
import {
  chunksBytesMax,
  cookieBytes,
  datagramBytesMax,
  encode,
  encodeData,
  type Packet,
  parse
} from "../../src/core/udp/Packet.ts"
import { Receipts } from "../../src/core/udp/Receipts.ts"
import { fc } from "../setup/chance.ts"

const uint = (bits: number) => fc.nat().map((n) => n % 2 ** bits)
const uint32 = fc.integer({ min: 0, max: 0xffffffff })
const uint48 = fc.maxSafeNat().map((n) => n % 2 ** 48)
const bytes = (maxLength: number) => fc.uint8Array({ maxLength })
const cookie = fc.uint8Array({ minLength: cookieBytes, maxLength: cookieBytes })
const id = fc.record({ dialer: uint32, acceptor: uint32 })

/** A packet that is no data. */
const plain: fc.Arbitrary<Exclude<Packet, { _tag: "data" }>> = fc.oneof(
  fc.record({ _tag: fc.constant("hello" as const), dialer: uint32, cookie: fc.option(cookie) }),
  fc.record({ _tag: fc.constant("retry" as const), dialer: uint32, cookie }),
  fc.record({ _tag: fc.constant("accept" as const), id, port: fc.integer({ min: 1, max: 65_535 }) }),
  fc.record({ _tag: fc.constant("reset" as const), id })
)
const datagram = fc.oneof(
  plain.map(encode),
  fc.tuple(id, uint48, uint(16), bytes(chunksBytesMax)).map(([id, number, awaited, body]) =>
    encodeData(id, number, awaited, body)
  )
)

const ack: fc.Arbitrary<Ack> = fc.record({
  largest: fc.integer({ min: 2_000, max: 1e12 }),
  delay: uint(16),
  next: uint48,
  runs: fc.array(fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 })), { maxLength: 20 }),
  below: uint(6)
}).map(({ below, delay, largest, next, runs }) => {
  const missing: Array<readonly [number, number]> = []
  let above = largest + 1
  for (const [received, length] of runs) {
    const to = above - 1 - received
    above = to - length + 1
    missing.push([above, to])
  }
  return { _tag: "ack", largest, delayMs: delay / 16, next, lowest: Math.min(above, largest) - below, missing }
})
const content = (size: number): fc.Arbitrary<Chunk> =>
  fc.oneof(
    fc.record({
      _tag: fc.constant("segment" as const),
      seq: uint48,
      last: fc.boolean(),
      bytes: fc.uint8Array({ minLength: 1, maxLength: size })
    }),
    fc.record({
      _tag: fc.constant("fragment" as const),
      key: uint(8),
      version: uint48,
      index: uint(7),
      count: fc.integer({ min: 128, max: 255 }),
      bytes: bytes(size)
    })
  )

const write = (chunks: ReadonlyArray<Chunk>): Uint8Array => {
  const writer = new ChunkWriter(chunksBytesMax)
  for (const chunk of chunks) {
    if (chunk._tag === "ack") writer.ack(chunk)
    else writer.content(chunk)
  }
  return writer.take().slice()
}

describe("the checksum", () => {
  it("is CRC-32C, as RFC 3720 has it", () => {
    const sum = (bytes: Uint8Array) => crc32c(bytes, bytes.length)
    assert.strictEqual(sum(new TextEncoder().encode("123456789")), 0xe3069283)
    assert.strictEqual(sum(new Uint8Array(32)), 0x8a9136aa)
    assert.strictEqual(sum(new Uint8Array(32).fill(0xff)), 0x62a8ab43)
    assert.strictEqual(sum(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e)
  })
})

describe("packets", () => {
  it("are read as they were written", () => {
    fc.assert(fc.property(plain, (packet) => {
      assert.deepStrictEqual(parse(encode(packet)), packet)
    }))
    fc.assert(fc.property(id, uint48, uint(16), bytes(chunksBytesMax), (id, number, awaited, body) => {
      const datagram = encodeData(id, number, awaited, body)
      assert.isAtMost(datagram.length, datagramBytesMax)
      assert.deepStrictEqual(parse(datagram), { _tag: "data", id, number, awaited, body })
    }))
  })

  it("are not taken with any byte changed, cut short or made longer", () => {
    fc.assert(
      fc.property(datagram, fc.nat(), fc.integer({ min: 1, max: 255 }), bytes(40), (datagram, at, turned, tail) => {
        const changed = Uint8Array.from(datagram)
        changed[at % changed.length]! ^= turned
        assert.isNull(parse(changed))
        assert.isNull(parse(datagram.subarray(0, at % datagram.length)))
        if (tail.length > 0) assert.isNull(parse(Buffer.concat([datagram, tail])))
      })
    )
  })

  it("are no random bytes", () => {
    fc.assert(fc.property(bytes(datagramBytesMax + 100), (bytes) => assert.isNull(parse(bytes))))
  })

  it("lead to no port 0", () => {
    assert.isNull(parse(encode({ _tag: "accept", id: { dialer: 1, acceptor: 2 }, port: 0 })))
  })

  it("of a handshake are answered with nothing larger", () => {
    const hello = encode({ _tag: "hello", dialer: 1, cookie: null })
    const claim = encode({ _tag: "hello", dialer: 1, cookie: new Uint8Array(cookieBytes) })
    const retry = encode({ _tag: "retry", dialer: 1, cookie: new Uint8Array(cookieBytes) })
    const accept = encode({ _tag: "accept", id: { dialer: 1, acceptor: 2 }, port: 3 })
    const reset = encode({ _tag: "reset", id: { dialer: 1, acceptor: 2 } })
    const least = encodeData({ dialer: 1, acceptor: 2 }, 0, 0, new Uint8Array(0))
    assert.isAtMost(retry.length, hello.length)
    assert.isAtMost(accept.length, claim.length)
    assert.isAtMost(reset.length, least.length)
  })
})

describe("chunks", () => {
  it("are read as they were written", () => {
    fc.assert(fc.property(fc.option(ack), fc.array(content(200), { maxLength: 4 }), (ack, contents) => {
      const chunks = ack === null ? contents : [...contents, ack]
      assert.deepStrictEqual(parseChunks(write(chunks)), chunks)
    }))
  })

  it("of any bytes are chunks that a connection takes, or malformed", () => {
    const id = { dialer: 1, acceptor: 2 }
    const connection = new Connection({ id, role: "acceptor" }, 0)
    let number = 0
    const take = (body: Uint8Array) => {
      connection.write(new Uint8Array(500))
      connection.post(number % 4, new Uint8Array(3_000))
      const taken = connection.receive({ _tag: "data", id, number: number++, awaited: number % 600, body }, number)
      connection.tick(number)
      let sent = 0
      for (let out = connection.transmit(number); out !== null; out = connection.transmit(number)) {
        assert.isNotNull(parse(out))
        sent += 1
      }
      assert.isAtMost(sent, 300)
      return taken
    }
    const types = fc.integer({ min: 0, max: 6 })
    const almost = fc.tuple(types, bytes(100)).map(([type, rest]) => Uint8Array.of(type, ...rest))
    fc.assert(
      fc.property(fc.oneof(bytes(300), almost), (body) => {
        assert.strictEqual(take(body) === null, parseChunks(body) === null)
      }),
      { numRuns: 2_000 }
    )
    const cut = fc.tuple(fc.array(content(60), { minLength: 1, maxLength: 4 }), fc.nat())
    fc.assert(fc.property(cut, ([chunks, at]) => {
      const body = write(chunks)
      const read = parseChunks(body.subarray(0, at % body.length))
      assert.isTrue(read === null || read.length < chunks.length)
    }))
  })
})

describe("receipts", () => {
  it("tell exactly which packets came, as far back as they tell", () => {
    const numbers = fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 400 })
    fc.assert(fc.property(numbers, fc.integer({ min: 0, max: 64 }), (numbers, rangesMax) => {
      const receipts = new Receipts()
      const came = new Set<number>()
      let largest = -1
      for (const [i, number] of numbers.entries()) {
        const fresh = receipts.note(number, 1_000, i)
        assert.strictEqual(fresh, !came.has(number) && number > largest - ackSpanMax)
        if (fresh) came.add(number)
        largest = Math.max(largest, number)
      }
      const told = receipts.ack(0, rangesMax, numbers.length)
      assert.strictEqual(told.largest, largest)
      assert.isAtMost(told.missing.length, rangesMax)
      const read = parseChunks(write([{ _tag: "ack", ...told }]))
      assert.deepStrictEqual(read, [{ _tag: "ack", ...told }])
      for (let n = told.lowest; n <= largest; n++) {
        const missing = told.missing.some(([from, to]) => from <= n && n <= to)
        assert.strictEqual(missing, !came.has(n), `packet ${n}`)
      }
      if (told.missing.length < rangesMax) assert.strictEqual(told.lowest, Math.max(0, largest - ackSpanMax + 1))
    }))
  })

  it("always fit besides the largest content", () => {
    const largest = chunksBytesMax - ackReserveBytes - contentOverheadBytes.segment
    const writer = new ChunkWriter(chunksBytesMax)
    writer.content({ _tag: "segment", seq: 0, last: false, bytes: new Uint8Array(largest) })
    assert.isAtLeast(writer.room, ackReserveBytes)
  })
})

describe("address validation", () => {
  /** FNV-1a, stretched: no hash for anything but tests. */
  const macOf = (key: number) => (bytes: Uint8Array) =>
    Uint8Array.from({ length: 12 }, (_, i) => {
      let hash = 0x811c9dc5 ^ key ^ i
      for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193)
      return hash >>> 24
    })

  it("takes a cookie from where it was issued to, for a while, and no other", () => {
    const gate = new AddressValidation(macOf(1))
    const issued = gate.issue("10.0.0.1:4000", 7, 123_456.7)
    assert.lengthOf(issued, cookieBytes)
    assert.isTrue(gate.check("10.0.0.1:4000", 7, issued, 123_456.7))
    assert.isTrue(gate.check("10.0.0.1:4000", 7, issued, 123_456 + cookieLifetimeMs))
    assert.isFalse(gate.check("10.0.0.1:4000", 7, issued, 123_457 + cookieLifetimeMs))
    assert.isFalse(gate.check("10.0.0.1:4000", 7, issued, 123_455))
    assert.isFalse(gate.check("10.0.0.1:4001", 7, issued, 123_457))
    assert.isFalse(gate.check("10.0.0.1:4000", 8, issued, 123_457))
    assert.isFalse(new AddressValidation(macOf(2)).check("10.0.0.1:4000", 7, issued, 123_457))
    fc.assert(fc.property(bytes(40), (cookie) => {
      assert.isFalse(gate.check("10.0.0.1:4000", 7, cookie, 123_457))
    }))
  })

  it("outlasts the clock's wrap", () => {
    const gate = new AddressValidation(macOf(1))
    const wrap = 2 ** 32
    assert.isTrue(gate.check("a", 7, gate.issue("a", 7, wrap - 5), wrap + 5))
  })
})

describe("a dial", () => {
  it("says hello until it is answered, then comes back with the cookie until it is accepted", () => {
    const dial = new Dial(7, 1_000)
    const next = () => {
      const at = dial.timeoutAtMs
      assert.isNull(dial.transmit(at - 0.1))
      const packet = parse(dial.transmit(at)!)
      assert.isNull(dial.transmit(at))
      return { at, cookie: packet?._tag === "hello" ? packet.cookie : undefined }
    }
    const first = [next(), next(), next()]
    assert.deepStrictEqual(first.map(({ cookie }) => cookie), [null, null, null])
    assert.isAbove(first[2]!.at - first[1]!.at, first[1]!.at - first[0]!.at)
    const cookie = new Uint8Array(cookieBytes).fill(9)
    assert.isNull(dial.receive({ _tag: "retry", dialer: 8, cookie }, 1_200))
    assert.isNull(dial.receive({ _tag: "retry", dialer: 7, cookie }, 1_200))
    const second = [next(), next()]
    assert.deepStrictEqual(second.map(({ cookie }) => cookie), [cookie, cookie])
    assert.strictEqual(second[0]!.at, 1_200)
    assert.isNull(dial.receive({ _tag: "accept", id: { dialer: 8, acceptor: 5 }, port: 6 }, 1_300))
    const id = { dialer: 7, acceptor: 5 }
    assert.deepStrictEqual(dial.receive({ _tag: "accept", id, port: 6 }, 1_300), { id, port: 6 })
  })

  it("asks for another cookie where the one it has brings nothing", () => {
    const dial = new Dial(7, 0)
    dial.transmit(0)
    dial.receive({ _tag: "retry", dialer: 7, cookie: new Uint8Array(cookieBytes).fill(9) }, 1)
    const cookies = Array.from({ length: 12 }, () => {
      const packet = parse(dial.transmit(dial.timeoutAtMs)!)
      return packet?._tag === "hello" && packet.cookie !== null
    })
    assert.isTrue(cookies[0])
    assert.isFalse(cookies.at(-1))
  })
})
