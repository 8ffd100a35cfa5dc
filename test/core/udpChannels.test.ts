/** The channels' two sides by themselves: every order of arrival, and what a hostile sender may fill. */
import { assert, describe, it } from "vitest"
import type { Fragment, Segment } from "../../src/core/udp/Chunks.ts"
import { CongestionWindow, windowMax, windowMin } from "../../src/core/udp/CongestionWindow.ts"
import { NewestReceiver } from "../../src/core/udp/NewestReceiver.ts"
import {
  fragmentsMax,
  newestBytesMax,
  newestKeys,
  NewestSender,
  newestWindow
} from "../../src/core/udp/NewestSender.ts"
import { RoundTrip, timeoutMsFirst, timeoutMsMax, timeoutMsMin } from "../../src/core/udp/RoundTrip.ts"
import { StreamReceiver } from "../../src/core/udp/StreamReceiver.ts"
import { segmentBytesMax, StreamSender, streamWindow } from "../../src/core/udp/StreamSender.ts"
import { fc } from "../setup/chance.ts"

const room = 2_000
const segment = (seq: number, bytes: Uint8Array = Uint8Array.of(seq), last = false): Segment => ({
  _tag: "segment",
  seq,
  last,
  bytes
})

describe("the stream's sender", () => {
  it("cuts writes of any size into segments that give the same bytes", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 3_000 }), { maxLength: 30 }), fc.nat(), (writes, seed) => {
        const sender = new StreamSender()
        const got: Array<Uint8Array> = []
        const drain = () => {
          for (let next = sender.take(60 + (seed + got.length) % room); next !== null; next = sender.take(room)) {
            assert.isAtMost(next.bytes.length, segmentBytesMax)
            assert.strictEqual(next.seq, got.length)
            got.push(next.bytes)
            sender.settle(next)
            sender.trim(next.seq + 1)
          }
        }
        for (const [i, bytes] of writes.entries()) {
          sender.write(bytes)
          if ((seed + i) % 3 === 0) drain()
        }
        sender.finish()
        sender.write(Uint8Array.of(1))
        drain()
        assert.isTrue(Buffer.compare(Buffer.concat(got), Buffer.concat(writes)) === 0)
        assert.isTrue(sender.isSettled)
      })
    )
  })

  it("sends again what was lost, lowest first, unless it has arrived since", () => {
    const sender = new StreamSender()
    sender.write(new Uint8Array(5 * segmentBytesMax))
    const all = Array.from({ length: 5 }, () => sender.take(room)!)
    for (const at of [3, 1, 3, 2, 4]) sender.lose(all[at]!)
    sender.settle(all[2]!)
    sender.lose(all[2]!)
    sender.trim(1)
    assert.strictEqual(sender.take(segmentBytesMax), null)
    assert.deepStrictEqual([sender.take(room), sender.take(room), sender.take(room)], [all[1]!, all[3]!, all[4]!])
    sender.lose(all[4]!)
    sender.trim(5)
    assert.isFalse(sender.ready)
  })

  it("stops at the window, and where the other end claims what it was not sent", () => {
    const sender = new StreamSender()
    sender.write(new Uint8Array(1_000_000))
    let sent = 0
    while (sender.take(room) !== null) sent += 1
    assert.strictEqual(sent, streamWindow)
    sender.trim(streamWindow + 1)
    assert.isFalse(sender.ready)
    sender.trim(10)
    while (sender.take(room) !== null) sent += 1
    assert.strictEqual(sent, streamWindow + 10)
  })
})

describe("the stream's receiver", () => {
  it("gives every byte once and in order, in whatever order and however often segments come", () => {
    const count = 40
    const orders = fc.array(fc.nat({ max: count - 1 }), { maxLength: 200 })
    fc.assert(fc.property(orders, (order) => {
      const receiver = new StreamReceiver()
      const got: Array<number> = []
      for (const seq of [...order, ...Array.from({ length: count }, (_, seq) => seq)]) {
        for (const bytes of receiver.receive(segment(seq, Uint8Array.of(seq), seq === count - 1))) got.push(...bytes)
      }
      assert.deepStrictEqual(got, Array.from({ length: count }, (_, seq) => seq))
      assert.isTrue(receiver.isEnded)
      assert.deepStrictEqual(receiver.receive(segment(count)), [])
    }))
  })

  it("keeps no more than a window, and copies of that only", () => {
    const receiver = new StreamReceiver()
    const { early } = receiver as unknown as { readonly early: Map<number, Segment> }
    const datagram = new Uint8Array(1_200)
    for (let seq = 1; seq < 100_000; seq++) receiver.receive(segment(seq, datagram.subarray(20, 30)))
    assert.strictEqual(early.size, streamWindow - 1)
    for (const { bytes } of early.values()) assert.strictEqual(bytes.buffer.byteLength, 10)
  })
})

describe("the newest-wins sender", () => {
  const posted = (sender: NewestSender, key: number, size: number) => {
    assert.isTrue(sender.post(key, new Uint8Array(size)))
  }
  const drain = (sender: NewestSender): ReadonlyArray<Fragment> => {
    const all: Array<Fragment> = []
    for (let next = sender.take(room); next !== null; next = sender.take(room)) all.push(next)
    return all
  }

  it("sends the newest of what waits, and forgets what one datagram replaces", () => {
    const sender = new NewestSender()
    for (const size of [10, 5_000, 20]) posted(sender, 0, size)
    posted(sender, 1, 30)
    const sent = drain(sender)
    assert.deepStrictEqual(sent.map(({ bytes }) => bytes.length), [20, 30])
    posted(sender, 0, 40)
    sender.lose(sent[0]!)
    assert.deepStrictEqual(drain(sender).map(({ bytes }) => bytes.length), [40])
  })

  it("has few large ones under way, and the newest of the others after them", () => {
    const sender = new NewestSender()
    const sent: Array<Fragment> = []
    for (let n = 1; n <= 10; n++) {
      posted(sender, 0, 5_000 + n)
      sent.push(...drain(sender))
    }
    assert.lengthOf(new Set(sent.map(({ version }) => version)), newestWindow)
    // The first is complete at the other end: the newest goes.
    for (const fragment of sent.slice(0, sent[0]!.count)) sender.settle(fragment)
    const next = drain(sender)
    assert.strictEqual(next.reduce((bytes, fragment) => bytes + fragment.bytes.length, 0), 5_010)
    for (const fragment of next) sender.settle(fragment)
    assert.isFalse(sender.ready)
    sender.lose(sent.at(-1)!)
    assert.isFalse(sender.ready)
  })
})

describe("the newest-wins receiver", () => {
  it("keeps a few incomplete messages a key, whatever is sent", () => {
    const receiver = new NewestReceiver()
    for (let version = 0; version < 20_000; version++) {
      const fragment = { key: version % 256, version, index: version % 20, count: 29, bytes: new Uint8Array(100) }
      assert.isNull(receiver.receive({ _tag: "fragment", ...fragment }))
    }
    const { incoming } = receiver as unknown as {
      readonly incoming: ReadonlyArray<{ readonly partials: ReadonlyArray<unknown> }>
    }
    assert.deepStrictEqual(incoming.map(({ partials }) => partials.length), Array(newestKeys).fill(newestWindow))
    const fragment = { _tag: "fragment", key: 0, version: 30_000, index: 0, bytes: new Uint8Array(1) } as const
    assert.isNull(receiver.receive({ ...fragment, count: fragmentsMax + 1 }))
    assert.isNull(receiver.receive({ ...fragment, key: newestKeys, count: 1 }))
    assert.isNotNull(receiver.receive({ ...fragment, count: 1 }))
    assert.isNull(receiver.receive({ ...fragment, count: 1 }))
  })

  it("takes the largest message that a sender takes", () => {
    const [sender, receiver] = [new NewestSender(), new NewestReceiver()]
    const message = Uint8Array.from({ length: newestBytesMax }, (_, i) => i * 7)
    sender.post(3, message)
    let got: Uint8Array | null = null
    for (let next = sender.take(room); next !== null; next = sender.take(room)) got = receiver.receive(next) ?? got
    assert.deepStrictEqual(got, message)
  })
})

describe("the retransmission timer", () => {
  it("follows the round trip between its bounds, and doubles", () => {
    const roundTrip = new RoundTrip()
    assert.strictEqual(roundTrip.timeoutMs(0), timeoutMsFirst)
    for (let i = 0; i < 100; i++) roundTrip.sample(0.3)
    assert.strictEqual(roundTrip.timeoutMs(0), timeoutMsMin)
    assert.strictEqual(roundTrip.timeoutMs(2), 4 * timeoutMsMin)
    assert.strictEqual(roundTrip.timeoutMs(60), timeoutMsMax)
    for (let i = 0; i < 200; i++) roundTrip.sample(80)
    assert.approximately(roundTrip.timeoutMs(0), 81, 1)
    assert.isAbove(roundTrip.reorderingMs, 80)
  })

  it("allows more reordering where there is more, for a while", () => {
    const roundTrip = new RoundTrip()
    for (let i = 0; i < 100; i++) roundTrip.sample(10)
    const usual = roundTrip.reorderingMs
    for (let i = 0; i < 100; i++) roundTrip.overtaken()
    const more = roundTrip.reorderingMs
    assert.isAbove(more, usual)
    assert.isAtMost(more, 30)
    for (let i = 0; i < 5_000; i++) roundTrip.sample(10)
    assert.approximately(roundTrip.reorderingMs, usual, 0.1)
  })
})

describe("the congestion window", () => {
  /** Rounds in which a share is lost. */
  const after = (rounds: number, share: number, limited = true) => {
    const window = new CongestionWindow()
    let next = 0
    for (let round = 0; round < rounds; round++) {
      const lost = Math.round(window.size * share)
      next += window.size
      window.settled({ received: window.size - lost, lost, newest: next - 1, next, limited })
    }
    return window.size
  }

  it("grows to its bound where nothing is lost, and only where it is in the way", () => {
    assert.strictEqual(after(20, 0), windowMax)
    assert.strictEqual(after(20, 0, false), windowMin)
  })

  it("bears a little loss, but shrinks to its floor with more", () => {
    assert.isAbove(after(100, 0.04), windowMin)
    assert.strictEqual(after(100, 0.3), windowMin)
  })
})
