/** What a program reads of time and chance past Effect: virtual within a run, real again after it. */
import { Clock, Effect } from "effect"
import crypto, { getRandomValues, randomBytes, randomFillSync, randomInt, randomUUID } from "node:crypto"
import process, { hrtime, uptime } from "node:process"
import { assert, describe, it } from "vitest"
import { LeakError } from "../../src/simulation/time/Leaks.ts"
import { MachineClock } from "../../src/simulation/time/VirtualClock.ts"
import * as VirtualTime from "../../src/simulation/time/VirtualTime.ts"

/** When a run begins. */
const beganMs = 1_000_000_000_000

/** What `read` gives after a minute and 250 ms of virtual time. */
const later = <A>(read: () => A, seed = 1): A =>
  VirtualTime.runSync(Effect.delay(Effect.sync(read), "60250 millis"), { seed })

const uuidV4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

describe("a clock within a run", () => {
  const clocks: ReadonlyArray<readonly [string, () => unknown, unknown]> = [
    ["new Date()", () => new Date().getTime(), beganMs + 60_250],
    ["Date()", () => Date(), new Date(beganMs + 60_250).toString()],
    ["Reflect.construct(Date, [])", () => Reflect.construct(Date, []).getTime(), beganMs + 60_250],
    ["Date.now", () => Date.now(), beganMs + 60_250],
    ["new date.constructor()", () => Number(new (new Date(0).constructor as DateConstructor)()), beganMs + 60_250],
    ["performance.now", () => performance.now(), 60_250],
    ["performance.timeOrigin", () => performance.timeOrigin, beganMs],
    ["process.uptime", () => process.uptime(), 60.25],
    ["uptime of node:process", () => uptime(), 60.25],
    ["process.hrtime", () => process.hrtime(), [1060, 250_000_000]],
    ["process.hrtime since", () => process.hrtime([1000, 500_000_000]), [59, 750_000_000]],
    ["process.hrtime.bigint", () => process.hrtime.bigint(), 1_060_250_000_000n],
    ["hrtime of node:process", () => [hrtime(), hrtime.bigint()], [[1060, 250_000_000], 1_060_250_000_000n]]
  ]
  for (const [name, read, expected] of clocks) {
    it(`is virtual: ${name}`, () => assert.deepStrictEqual(later(read), expected))
  }

  it("tells what Effect's Clock does", () =>
    VirtualTime.runSync(Effect.gen(function*() {
      yield* Effect.sleep("1234567 nanos")
      assert.strictEqual(Date.now(), yield* Clock.currentTimeMillis)
      assert.strictEqual(process.hrtime.bigint(), yield* Clock.currentTimeNanos)
    })))

  it("is virtual also by way of Effect's own Clock, which a program may bring back", () => {
    const own = Clock.make()
    const [first, again] = [1, 1].map(() => later(() => [own.unsafeCurrentTimeMillis(), own.unsafeCurrentTimeNanos()]))
    assert.strictEqual(first![0], beganMs + 60_250)
    assert.deepStrictEqual(again, first)
  })

  it("leaves a Date all that it is otherwise", () =>
    later(() => {
      class Birthday extends Date {}
      assert.instanceOf(new Date(), Date)
      assert.strictEqual(new Date().constructor, Date)
      assert.instanceOf(new Birthday(), Birthday)
      assert.strictEqual(Number(new Birthday()), Date.now())
      assert.strictEqual(new Date(0).toISOString(), "1970-01-01T00:00:00.000Z")
      assert.strictEqual(Number(new Date(2001, 8, 9)), Number(new Date("2001-09-09T00:00:00")))
      assert.strictEqual(Date.UTC(1970, 0, 2), 86_400_000)
      assert.strictEqual(Date.parse("1970-01-01T00:00:01Z"), 1_000)
      assert.isNaN(Number(new Date(undefined as never)))
      assert.deepStrictEqual([Date.name, Date.length], ["Date", 7])
    }))

  it("is the running machine's, where it has one", () =>
    VirtualTime.runSync(Effect.gen(function*() {
      /** Twice as fast. */
      const fast = new MachineClock(yield* VirtualTime.clock, 1_000_000)
      const onFast = Effect.withClock(fast)
      yield* Effect.sleep("1000 seconds")
      fast.step(-60_000)
      const read = Effect.sync(() => [Date.now(), Number(new Date()), performance.now(), uptime(), hrtime.bigint()])
      const truth = [beganMs + 1_000_000, beganMs + 1_000_000, 1_000_000, 1_000, 2_000_000_000_000n]
      const own = [beganMs + 1_940_000, beganMs + 1_940_000, 2_000_000, 2_000, 3_000_000_000_000n]
      assert.deepStrictEqual(yield* onFast(read), own)
      assert.deepStrictEqual(yield* read, truth)
      const late = Effect.zipRight(Effect.yieldNow(), read)
      assert.deepStrictEqual(yield* Effect.all([onFast(late), late], { concurrency: 2 }), [own, truth])
    })))
})

describe("chance within a run", () => {
  const chances: ReadonlyArray<readonly [string, () => unknown]> = [
    ["Math.random", () => Math.random()],
    ["crypto.randomUUID", () => globalThis.crypto.randomUUID()],
    ["crypto.getRandomValues", () => globalThis.crypto.getRandomValues(new Uint32Array(3))],
    ["randomUUID of node:crypto", () => [randomUUID(), crypto.randomUUID(), crypto.webcrypto.randomUUID()]],
    ["randomUUID without its cache", () => randomUUID({ disableEntropyCache: true })],
    [
      "getRandomValues of node:crypto",
      () => [getRandomValues(new Uint8Array(9)), crypto.getRandomValues(new Int16Array(4))]
    ],
    ["randomBytes", () => [randomBytes(9).toString("hex"), crypto.randomBytes(5).toString("hex")]],
    ["pseudoRandomBytes", () => crypto.pseudoRandomBytes(9).toString("hex")],
    ["randomInt", () => [randomInt(1e9), crypto.randomInt(5, 2 ** 40)]],
    ["randomFillSync", () => [randomFillSync(new Uint16Array(4)), crypto.randomFillSync(new Uint8Array(9))]]
  ]
  for (const [name, draw] of chances) {
    it(`comes by seed: ${name}`, () => {
      const [first, again, other] = [5, 5, 6].map((seed) => later(() => [draw(), draw()], seed))
      assert.deepStrictEqual(again, first)
      assert.notDeepEqual(other, first)
      assert.notDeepEqual(first![1], first![0])
    })
  }

  it("leaves Math.random's sequence alone when there are draws of another kind", () => {
    const plain = later(() => [Math.random(), Math.random()])
    const mixed = later(() => [Math.random(), randomUUID(), Math.random()])
    assert.deepStrictEqual([mixed[0], mixed[2]], plain)
  })

  it("has the shape of the real", () =>
    later(() => {
      for (let i = 0; i < 200; i++) {
        assert.match(randomUUID(), uuidV4)
        assert.include([3, 4, 5], randomInt(3, 6))
        assert.include([0, 1], randomInt(2))
      }
      const array = new Uint8Array(8)
      assert.strictEqual(globalThis.crypto.getRandomValues(array), array)
      assert.strictEqual(randomFillSync(array), array)
      assert.isTrue(Buffer.isBuffer(randomBytes(3)))
      assert.lengthOf(randomBytes(0), 0)
    }))

  it("fills no more than it was asked to", () =>
    later(() => {
      const words = randomFillSync(new Uint32Array(6), 2, 3)
      assert.deepStrictEqual(Array.from(words, (word) => word !== 0), [false, false, true, true, true, false])
      const view = randomFillSync(new DataView(new ArrayBuffer(64), 16, 32), 8)
      const bytes = Array.from(new Uint8Array(view.buffer))
      assert.isTrue(bytes.slice(0, 24).every((byte) => byte === 0) && bytes.slice(48).every((byte) => byte === 0))
      assert.isTrue(bytes.slice(24, 48).some((byte) => byte !== 0))
    }))

  it("refuses what the real refuses", () =>
    later(() => {
      assert.throws(() => randomInt(5, 5), RangeError)
      assert.throws(() => randomInt(0.5), TypeError)
      assert.throws(() => randomBytes(-1), RangeError)
      assert.throws(() => randomFillSync(new Uint8Array(4), 5), RangeError)
      assert.throws(() => globalThis.crypto.getRandomValues(new Float32Array(4) as never), DOMException)
      assert.throws(() => globalThis.crypto.getRandomValues(new Uint8Array(65_537)), DOMException)
    }))

  const leaks: ReadonlyArray<readonly [string, () => unknown]> = [
    ["randomBytes with a callback", () => randomBytes(4, () => {})],
    ["randomInt with a callback", () => randomInt(4, () => {})],
    ["randomInt between two, with a callback", () => randomInt(2, 4, () => {})],
    ["randomFill", () => crypto.randomFill(new Uint8Array(4), () => {})],
    ["crypto.subtle", () => globalThis.crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-1" }, true, ["sign"])],
    ["generateKeyPairSync", () => crypto.generateKeyPairSync("ed25519")]
  ]
  for (const [name, leak] of leaks) {
    it(`is not to come from outside: ${name}`, () => {
      // So that Node's caches are full, and it starts nothing real for the next one.
      randomInt(4)
      assert.throws(() => later(leak), LeakError)
      assert.throws(() => VirtualTime.runExit(Effect.ignore(Effect.try(leak))), LeakError)
    })
  }
})

describe("after a run", () => {
  const places: ReadonlyArray<object> = [
    globalThis,
    Date,
    Date.prototype,
    Math,
    performance,
    process,
    process.hrtime,
    console,
    crypto,
    globalThis.crypto
  ]
  const standing = () => places.map((place) => Object.getOwnPropertyDescriptors(place))
  const imported = () => [randomUUID, randomBytes, randomInt, randomFillSync, getRandomValues, hrtime, uptime]

  const runs: ReadonlyArray<readonly [string, () => void]> = [
    ["that went well", () => VirtualTime.runSync(Effect.void)],
    ["that failed", () => assert.throws(() => VirtualTime.runSync(Effect.die(new Error("oh"))), "oh")],
    ["that got stuck", () => assert.throws(() => VirtualTime.runSync(Effect.never), VirtualTime.StuckError)],
    ["that leaked", () => assert.throws(() => VirtualTime.runSync(Effect.promise(async () => 1)), LeakError)],
    ["that onRest ended", () => {
      const onRest = (): never => {
        throw new Error("no rest")
      }
      assert.throws(() => VirtualTime.runSync(Effect.void, { onRest }), "no rest")
    }],
    ["that set clocks of its own", () =>
      VirtualTime.runSync(Effect.sync(() => {
        Date.now = () => 0
        globalThis.Date = class extends Date {} as DateConstructor
      }))]
  ]
  for (const [name, run] of runs) {
    it(`${name}, everything is as it was`, () => {
      const before = [standing(), imported()]
      run()
      assert.deepStrictEqual([standing(), imported()], before)
      assert.isAbove(Number(new Date()), 1_600_000_000_000)
    })
  }

  it("a cached randomUUID is not the run's", () => {
    const within = later(() => randomUUID())
    assert.match(randomUUID(), uuidV4)
    assert.notStrictEqual(randomUUID(), within)
  })
})
