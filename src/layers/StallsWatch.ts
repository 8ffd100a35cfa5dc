/**
 * `Stalls` by a fiber that wakes many times within `stallMs` and sees how late it is.
 */
import { Clock, Duration, Effect, Layer, PubSub, Stream } from "effect"
import { ClusterConfig } from "../services/ClusterConfig.ts"
import { Stalls } from "../services/Stalls.ts"

const wakesPerStall = 6

export const layer = Layer.scoped(
  Stalls,
  Effect.gen(function*() {
    const { stallMs } = yield* ClusterConfig
    const clock = yield* Clock.clockWith(Effect.succeed)
    const everyMs = stallMs / wakesPerStall
    const monotonicMs = () => Number(clock.unsafeCurrentTimeNanos()) / 1e6
    const stalled = yield* PubSub.sliding<number>(16)

    let monotonic = monotonicMs()
    let wall = clock.unsafeCurrentTimeMillis()
    let lastEnd = -Infinity
    /** Finds a stall once, whoever looks first. */
    const look = Effect.suspend(() => {
      const nowMonotonic = monotonicMs()
      const nowWall = clock.unsafeCurrentTimeMillis()
      const gap = Math.max(nowMonotonic - monotonic, nowWall - wall)
      monotonic = nowMonotonic
      wall = nowWall
      if (gap < stallMs) return Effect.succeed(lastEnd)
      lastEnd = nowMonotonic
      return Effect.as(PubSub.publish(stalled, gap), lastEnd)
    })

    yield* Effect.forkScoped(Effect.forever(Effect.zipRight(Effect.sleep(Duration.millis(everyMs)), look)))

    return { changes: Stream.fromPubSub(stalled), lastEnd: look }
  })
)
