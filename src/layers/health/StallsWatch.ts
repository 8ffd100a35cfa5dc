/**
 * `Stalls` by a fiber that wakes many times within `stallMs` and sees how late it is. As long as nobody can be reached, a
 * node is as good as stopped: that is a stall, too, and lasts until then.
 */
import { Clock, Duration, Effect, Layer, PubSub, Stream } from "effect"
import { ClusterConfig } from "../../services/ClusterConfig.ts"
import { Medium } from "../../services/Medium.ts"
import { Stalls } from "../../services/Stalls.ts"

const wakesPerStall = 6

export const layer = Layer.scoped(
  Stalls,
  Effect.gen(function*() {
    const { stallMs } = yield* ClusterConfig
    const medium = yield* Medium
    const clock = yield* Clock.clockWith(Effect.succeed)
    const everyMs = stallMs / wakesPerStall
    const monotonicMs = () => Number(clock.unsafeCurrentTimeNanos()) / 1e6
    const stalled = yield* PubSub.sliding<number>(16)

    let monotonic = monotonicMs()
    let wall = clock.unsafeCurrentTimeMillis()
    let lastEnd = -Infinity
    let cutOffAt: number | null = null
    /** Finds a stall once, whoever looks first. */
    const look = Effect.suspend(() => {
      const nowMonotonic = monotonicMs()
      const nowWall = clock.unsafeCurrentTimeMillis()
      const gap = Math.max(nowMonotonic - monotonic, nowWall - wall)
      monotonic = nowMonotonic
      wall = nowWall
      if (medium.away() !== null) {
        cutOffAt ??= nowMonotonic
        lastEnd = nowMonotonic
        return Effect.succeed(lastEnd)
      }
      const lost = cutOffAt === null ? gap : nowMonotonic - cutOffAt
      if (cutOffAt === null && gap < stallMs) return Effect.succeed(lastEnd)
      cutOffAt = null
      lastEnd = nowMonotonic
      return Effect.as(PubSub.publish(stalled, lost), lastEnd)
    })

    yield* Effect.forkScoped(Effect.forever(Effect.zipRight(Effect.sleep(Duration.millis(everyMs)), look)))

    return { changes: Stream.fromPubSub(stalled), lastEnd: look }
  })
)
