/** When a host ticks: on time, and only while it may believe that it hosts. */
import { Duration, Effect } from "effect"
import type { ElectionService } from "../../services/Election.ts"
import type { MediumService } from "../../services/Medium.ts"
import type { StallsService } from "../../services/Stalls.ts"
import type { Desk } from "./Desk.ts"
import type { Hosting } from "./Hosting.ts"
import { Pace } from "./Pace.ts"

/** Ticks that a host may be behind before it lets the rest go. */
const ticksBehindMax = 8

/** Never ends. `running`: open while there may be something to tick. */
export const make = (
  desk: Desk,
  { election, medium, running, stalls, tick }: {
    readonly election: ElectionService
    readonly medium: MediumService
    readonly running: Effect.Latch
    readonly stalls: StallsService
    readonly tick: (mine: Hosting) => Effect.Effect<void>
  }
): Effect.Effect<never> =>
  Effect.gen(function*() {
    const { nowMs, periodMs } = desk
    const pace = new Pace(periodMs)
    while (true) {
      const mine = desk.hosting
      if (mine === null || !mine.running) {
        pace.paused()
        yield* running.close
        yield* running.await
        continue
      }
      const wait = mine.nextTickAt - nowMs()
      if (wait > 0.5) {
        yield* Effect.sleep(Duration.millis(wait))
        continue
      }
      // What nobody hears is not ordered.
      yield* medium.there
      // A host that lost time asks before it ticks on: the election has noticed too, and stops it.
      const stallEnd = yield* stalls.lastEnd
      if (stallEnd > mine.knownStall) {
        mine.knownStall = stallEnd
        yield* Effect.yieldNow()
        if ((yield* desk.livePeers).length > 0) yield* Effect.sleep(Duration.millis(1))
        mine.nextTickAt = nowMs()
        continue
      }
      if (desk.hosting !== mine || (yield* election.standing).role !== "host") {
        yield* Effect.sleep(Duration.millis(1))
        continue
      }
      pace.ticked(nowMs())
      yield* tick(mine)
      mine.nextTickAt += periodMs
      if (nowMs() - mine.nextTickAt > ticksBehindMax * periodMs) mine.nextTickAt = nowMs()
      yield* Effect.yieldNow()
    }
  })
