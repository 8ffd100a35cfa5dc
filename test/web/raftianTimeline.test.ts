/** When Raftian's scene shows what has happened. */
import { assert, describe, it } from "vitest"
import type { RaftianHappening } from "../../src/games/index.ts"
import { Timeline } from "../../src/web/app/scenes/raftian/Timeline.ts"
import { fell, joined } from "../games/raftianScenes.ts"

const numbersOf = (timeline: Timeline, nowMs: number): ReadonlyArray<number> =>
  timeline.due(nowMs).flatMap((act) => act.kind === "happening" ? [act.happening.number] : [])

const add = (timeline: Timeline, happenings: ReadonlyArray<RaftianHappening>, nowMs: number): void => {
  for (const happening of happenings) timeline.add(happening, nowMs, false)
}

describe("Timeline", () => {
  const { happenings } = fell(joined(1, 2), 1, 2)

  it("shows everything once and in order, the fall after the last hit and the victory after the fall", () => {
    const timeline = new Timeline()
    add(timeline, happenings, 1000)
    const shown: Array<readonly [number: number, atMs: number]> = []
    for (let nowMs = 1000; nowMs < 8000; nowMs += 10) {
      for (const number of numbersOf(timeline, nowMs)) shown.push([number, nowMs])
    }
    assert.deepStrictEqual(shown.map(([number]) => number), happenings.map(({ number }) => number))
    const [lastHit, fall, victory] = shown.slice(-3).map(([, atMs]) => atMs) as [number, number, number]
    assert.isAbove(fall, lastHit)
    assert.isAbove(victory, fall + 1000)
    assert.isTrue(timeline.isIdle)
  })

  it("lets a shot fly before it tells of the hit", () => {
    const timeline = new Timeline()
    add(timeline, happenings.slice(2, 3), 0)
    assert.deepStrictEqual(timeline.due(0).map(({ kind }) => kind), ["launch"])
    assert.deepStrictEqual(timeline.due(100), [])
    assert.deepStrictEqual(numbersOf(timeline, 1000), [3])
  })

  it("stays bounded, however long the page was held up", () => {
    const timeline = new Timeline()
    for (let i = 0; i < 200; i++) add(timeline, happenings, 0)
    assert.isAtMost(timeline.due(Infinity).length, 50)
  })
})
