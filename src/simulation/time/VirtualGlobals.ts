/** What JavaScript and Node tell of time and chance, told by a run instead. */
// oxlint-disable no-restricted-globals -- it is here that they become virtual
import process from "node:process"
import type { Substitutes } from "../Substitutes.ts"

/** Where a run's time and chance come from. */
export interface World {
  /** The wall clock's when the run began. */
  readonly beganMs: number
  /** Of the wall clock. */
  readonly nowMs: () => number
  /** Since the run began; monotonic. */
  readonly elapsedMs: () => number
  /** Monotonic, from any beginning. */
  readonly monotonicNanos: () => bigint
  /** 0 ≤ x < 1 */
  readonly random: () => number
  /** For `crypto`: 0 ≤ n < 2^32. */
  readonly entropy: () => number
}

/** A Date as any other, but when it is asked for the present. */
const dateOf = (nowMs: () => number): DateConstructor =>
  new Proxy(Date, {
    apply: (real) => new real(nowMs()).toString(),
    construct: (real, args, made) => Reflect.construct(real, args.length === 0 ? [nowMs()] : args, made)
  })

const hrtimeOf = (nanos: () => bigint): NodeJS.HRTime => {
  const hrtime = ([seconds, rest] = [0, 0]): [number, number] => {
    const now = nanos()
    const [passed, ahead] = [Number(now / 1_000_000_000n) - seconds, Number(now % 1_000_000_000n) - rest]
    return ahead < 0 ? [passed - 1, ahead + 1_000_000_000] : [passed, ahead]
  }
  return Object.assign(hrtime, { bigint: nanos })
}

/** Until `substitutes` are restored. */
export const install = (substitutes: Substitutes, world: World): void => {
  const date = dateOf(world.nowMs)
  substitutes.put(Date, "now", world.nowMs)
  substitutes.put(Date.prototype, "constructor", date)
  substitutes.put(globalThis, "Date", date)
  substitutes.put(performance, "now", world.elapsedMs)
  substitutes.put(performance, "timeOrigin", world.beganMs)
  // Effect's own Clock keeps the real function, and asks it for this.
  substitutes.put(process.hrtime, "bigint", world.monotonicNanos)
  substitutes.put(process, "hrtime", hrtimeOf(world.monotonicNanos))
  substitutes.put(process, "uptime", () => world.elapsedMs() / 1000)
  substitutes.put(Math, "random", world.random)
}
