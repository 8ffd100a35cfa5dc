import { assert, describe, it } from "vitest"
import { aheadMsMax, Prediction, slowAfterMs } from "../../src/core/Prediction.ts"
import { Gather } from "../../src/games/Gather.ts"
import { gatherRules } from "../../src/games/gather/Field.ts"
import type { GatherInput, GatherState, GatherView } from "../../src/games/gather/Schemas.ts"
import type { SeatId } from "../../src/protocol/Ids.ts"
import { fc } from "../setup/chance.ts"

const tickMs = 1000 / 60
const seat = 1 as SeatId

const prediction = (settings: { readonly aheadMsMax?: number } = {}): Prediction<GatherView> =>
  new Prediction<GatherView>({
    tickRate: 60,
    seat,
    predict: (view, inputs) => Gather.predict!(view, seat, inputs as ReadonlyArray<GatherInput>),
    points: ({ players }) => players[seat] === undefined ? {} : { [seat]: [players[seat]!.x, players[seat]!.y] },
    snapBeyond: 200,
    ...settings
  })

interface Wish {
  readonly atTick: number
  readonly input: GatherInput
}

/** How views and inputs travel, and when the host stands still. */
interface Way {
  readonly upMs: number
  readonly downMs: number
  readonly pause?: { readonly fromTick: number; readonly ms: number }
}

interface Shown {
  readonly nowMs: number
  readonly x: number
  readonly y: number
  readonly truth: { readonly x: number; readonly y: number }
}

/** A host that ticks, a screen that predicts, and a way between them; what is shown, 144 times a second. */
const run = (
  wishes: ReadonlyArray<Wish>,
  { downMs, pause, upMs }: Way,
  ticks: number,
  settings: { readonly aheadMsMax?: number } = {}
): ReadonlyArray<Shown> => {
  const screen = prediction(settings)
  let state: GatherState = Gather.join(Gather.initial(5), seat, { name: "A", color: "#000000" })
  let applied = 0
  const upwards: Array<{ readonly atMs: number; readonly number: number; readonly input: GatherInput }> = []
  const downwards: Array<{ atMs: number; view: GatherView; clock: number; number: number }> = []
  const left = [...wishes]
  const shown: Array<Shown> = []
  let number = 0
  let clock = 0
  let nextTickMs = 0
  for (let now = 0; now < ticks * tickMs; now += 1000 / 144) {
    while (nextTickMs <= now) {
      const inputs: Array<{ seat: SeatId; input: GatherInput }> = []
      while (upwards[0] !== undefined && upwards[0].atMs <= nextTickMs && inputs.length < 4) {
        const { input, number: own } = upwards.shift()!
        inputs.push({ seat, input })
        applied = own
      }
      state = Gather.step(state, inputs)
      clock++
      downwards.push({ atMs: nextTickMs + downMs, view: Gather.view(state), clock, number: applied })
      nextTickMs += tickMs + (pause !== undefined && clock === pause.fromTick ? pause.ms : 0)
    }
    while (downwards[0] !== undefined && downwards[0].atMs <= now) {
      const { atMs, clock: at, number: own, view } = downwards.shift()!
      screen.push(view, at, own, atMs)
    }
    while (left[0] !== undefined && left[0].atTick * tickMs <= now) {
      const { input } = left.shift()!
      number++
      screen.want(number, input, now)
      upwards.push({ atMs: now + upMs, number, input })
    }
    const sample = screen.sample(now)
    const point = sample?.points[seat]
    const truth = state.players[seat]
    if (point !== undefined && truth !== undefined) shown.push({ nowMs: now, x: point[0]!, y: point[1]!, truth })
  }
  return shown
}

const wishes = fc.array(
  fc.record({
    atTick: fc.integer({ min: 30, max: 260 }),
    input: fc.record({ dx: fc.constantFrom(-1, 0, 1), dy: fc.constantFrom(-1, 0, 1) }) as fc.Arbitrary<GatherInput>
  }),
  { maxLength: 25 }
).map((all) => [...all].sort((a, b) => a.atTick - b.atTick))

describe("Prediction", () => {
  it("answers the hand in the next frame, whatever the way to the host", () => {
    for (const way of [{ upMs: 1, downMs: 1 }, { upMs: 60, downMs: 60 }]) {
      const shown = run([{ atTick: 60, input: { dx: 1, dy: 0 } }], way, 120)
      const atWish = shown.find(({ nowMs }) => nowMs >= 60 * tickMs)!
      const soon = shown.find(({ nowMs }) => nowMs >= 60 * tickMs + 45)!
      assert.isTrue(soon.x > atWish.x + 1.5, `${atWish.x} → ${soon.x} with ${way.upMs} ms each way`)
    }
  })

  it("moves without jumps, and ends where the host has it", () => {
    fc.assert(
      fc.property(
        wishes,
        fc.record({ upMs: fc.integer({ min: 0, max: 60 }), downMs: fc.integer({ min: 0, max: 60 }) }),
        (script, way) => {
          const still: Wish = { atTick: 270, input: { dx: 0, dy: 0 } }
          const shown = run([...script, still], way, 360)
          for (let i = 1; i < shown.length; i++) {
            const [a, b] = [shown[i - 1]!, shown[i]!]
            assert.isTrue(Math.abs(a.x - b.x) < 5 && Math.abs(a.y - b.y) < 5, `jumped ${a.x},${a.y} → ${b.x},${b.y}`)
          }
          const { truth, x, y } = shown.at(-1)!
          assert.approximately(x, truth.x, 0.2)
          assert.approximately(y, truth.y, 0.2)
        }
      ),
      { numRuns: 60 }
    )
  })

  it("is exact where nothing disturbs: what is shown is where the host will have it", () => {
    const shown = run([{ atTick: 60, input: { dx: 1, dy: 0 } }, { atTick: 100, input: { dx: 0, dy: 1 } }], {
      upMs: 5,
      downMs: 5
    }, 150)
    // Ahead of the host by a few ticks, at most.
    const most = (4 * gatherRules.speed) / 60
    for (const { truth, x, y } of shown) assert.isTrue(Math.abs(x - truth.x) <= most && Math.abs(y - truth.y) <= most)
  })

  it("is not behind the host while it runs", () => {
    for (const ms of [2, 20, 60]) {
      const shown = run([{ atTick: 60, input: { dx: 1, dy: 0 } }], { upMs: ms, downMs: ms }, 160)
      for (const { nowMs, truth, x } of shown) {
        // Once it has learned the lead; views come at a tick's end, so that half a tick of error is possible.
        if (nowMs < 80 * tickMs) continue
        assert.isAtLeast(x - truth.x, -gatherRules.speed / 60, `${ms} ms each way, at ${nowMs}`)
      }
    }
  })

  it("goes on for as long as it is told, at most", () => {
    const screen = prediction({ aheadMsMax: 100 })
    let state = Gather.join(Gather.initial(5), seat, { name: "A", color: "#000000" })
    state = Gather.step(state, [{ seat, input: { dx: 1, dy: 0 } }])
    screen.push(Gather.view(state), 1, 1, 0)
    let x = 0
    for (let now = 0; now < 2000; now += 16) x = screen.sample(now)!.points[seat]![0]!
    // The lead of two ticks, and six.
    assert.approximately(x - state.players[seat]!.x, (8 * gatherRules.speed) / 60, 0.01)
  })

  it("goes on while there is no host, and glides to what the new one says", () => {
    const pause = { fromTick: 120, ms: 350 }
    const shown = run([{ atTick: 90, input: { dx: 1, dy: 0 } }], { upMs: 2, downMs: 2, pause }, 240)
    const at = (ms: number) => shown.find(({ nowMs }) => nowMs >= ms)!
    const began = at(121 * tickMs)
    const later = at(121 * tickMs + 200)
    assert.isTrue(later.x > began.x + 20, "it stood still without a host")
    for (let i = 1; i < shown.length; i++) assert.isTrue(Math.abs(shown[i]!.x - shown[i - 1]!.x) < 12)
    const { truth, x } = shown.at(-1)!
    assert.isTrue(Math.abs(x - truth.x) < 12)
  })

  it("never goes back after a pause, if it goes on for six ticks at most", () => {
    for (const ms of [60, 150, 350, 1200]) {
      for (const way of [{ upMs: 2, downMs: 2 }, { upMs: 40, downMs: 40 }]) {
        const pause = { fromTick: 100, ms }
        const shown = run([{ atTick: 60, input: { dx: 1, dy: 0 } }], { ...way, pause }, 220, { aheadMsMax: 100 })
        const running = shown.filter(({ nowMs }) => nowMs > 70 * tickMs)
        for (let i = 1; i < running.length; i++) assert.isAtLeast(running[i]!.x - running[i - 1]!.x, -0.01, `${ms} ms`)
      }
    }
  })

  describe("when the host is back after a pause", () => {
    /** Two seconds without a view, while the predicted time went on, and then the next; `wish`: of meanwhile. */
    const afterPause = (wish?: GatherInput) => {
      const screen = prediction()
      let state = Gather.join(Gather.initial(5), seat, { name: "A", color: "#000000" })
      state = Gather.step(state, [{ seat, input: { dx: 1, dy: 0 } }])
      screen.push(Gather.view(state), 1, 1, 0)
      for (let now = 0; now < 1900; now += 16) screen.sample(now)
      if (wish !== undefined) screen.want(2, wish, 1900)
      state = Gather.step(state, [])
      screen.push(Gather.view(state), 2, 1, 2000)
      return { screen, truth: state.players[seat]! }
    }
    const at = (screen: Prediction<GatherView>, nowMs: number) => screen.sample(nowMs)!.view.players[seat]!

    it("is ahead of it by the lead again, at once: those ticks were not played", () => {
      const { screen, truth } = afterPause()
      assert.approximately(at(screen, 2000).x - truth.x, (screen.lead * gatherRules.speed) / 60, 0.01)
    })

    it("has what was wanted meanwhile count in the next tick, as the host will", () => {
      const { screen, truth } = afterPause({ dx: 0, dy: 1 })
      assert.strictEqual(at(screen, 2000).y, truth.y)
      assert.isAbove(at(screen, 2000 + 1.5 * tickMs).y, truth.y)
    })
  })

  it("does not run away when the silence lasts", () => {
    const screen = prediction()
    let state = Gather.join(Gather.initial(5), seat, { name: "A", color: "#000000" })
    state = Gather.step(state, [{ seat, input: { dx: 1, dy: 0 } }])
    screen.push(Gather.view(state), 1, 1, 0)
    const from = state.players[seat]!.x
    let x = from
    for (let now = 0; now < 20_000; now += 16) x = screen.sample(now)!.points[seat]![0]!
    const most = ((aheadMsMax + 200) / 1000) * gatherRules.speed
    assert.isTrue(x - from > (slowAfterMs / 1000) * gatherRules.speed * 0.8)
    assert.isTrue(x - from < most, `ran ${x - from}`)
  })
})
