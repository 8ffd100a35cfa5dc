/** A game loop as a game has it: so many frames per second, each of which keeps its thread for a while. */
import { source } from "../../src/core/Random.ts"
import { Gather } from "../../src/games/Gather.ts"
import type { GatherInput } from "../../src/games/gather/Schemas.ts"
import { encodeBody } from "../../src/protocol/Frame.ts"
import type { Profile, SeatId } from "../../src/protocol/Ids.ts"

const players = 16
/** Waits shorter than this are no work for a timer, which wakes to the millisecond. */
const spinMs = 1.2

export class GameLoop {
  private readonly periodMs: number
  private readonly chance = source(7)
  private state = Array.from({ length: players }, (_, i) => i + 1).reduce(
    (state, seat) => Gather.join(state, seat as SeatId, { name: `p${seat}`, color: "#3f9bdc" } as Profile),
    Gather.initial(7)
  )
  private nextMs = performance.now()
  private lastMs: number | null = null
  private offMs: Array<number> | null = null

  constructor(fps: number, private readonly frameMs: number) {
    this.periodMs = 1_000 / fps
    this.wait()
  }

  /** From now on. */
  watch(): void {
    this.offMs = []
  }

  /** By how much the time between two frames was off since, in milliseconds. */
  seen(): ReadonlyArray<number> {
    const seen = this.offMs ?? []
    this.offMs = null
    return seen
  }

  private readonly wait = (): void => {
    const now = performance.now()
    const leftMs = this.nextMs - now
    if (leftMs > spinMs) setTimeout(this.wait, leftMs - spinMs)
    else if (leftMs > 0) setImmediate(this.wait)
    else this.frame(now)
  }

  private frame(now: number): void {
    if (this.lastMs !== null) this.offMs?.push(Math.abs(now - this.lastMs - this.periodMs))
    this.lastMs = now
    this.work(now)
    // Frames that were missed are not made up for.
    this.nextMs = Math.max(this.nextMs + this.periodMs, performance.now())
    setImmediate(this.wait)
  }

  /** A tick and the view of it; then, for as long as is left, what stands for drawing: more of the same. */
  private work(beganMs: number): void {
    do {
      const inputs = Array.from({ length: players }, (_, i) => ({
        seat: i + 1 as SeatId,
        input: { dx: Math.floor(this.chance() * 3) - 1, dy: Math.floor(this.chance() * 3) - 1 } as GatherInput
      }))
      this.state = Gather.step(this.state, inputs)
      encodeBody(Gather.view(this.state), "msgpack")
    } while (performance.now() - beganMs < this.frameMs)
  }
}
