/** Timers by name: each says once that its time is over, unless it was set anew or cancelled meanwhile. */
import { Duration, Effect, FiberMap } from "effect"

export const make = Effect.fnUntraced(function*<Name extends string>(
  over: (name: Name, setting: object) => Effect.Effect<unknown>
) {
  const fibers = yield* FiberMap.make<Name>()
  const settings = new Map<Name, object>()
  return {
    set: (name: Name, ms: number): Effect.Effect<unknown> => {
      const setting = {}
      settings.set(name, setting)
      return FiberMap.run(fibers, name, Effect.delay(over(name, setting), Duration.millis(ms)))
    },
    cancel: (name: Name): Effect.Effect<void> => {
      settings.delete(name)
      return FiberMap.remove(fibers, name)
    },
    /** Whether it is of this setting that the time is over: of an earlier one it may be on its way yet. */
    isSet: (name: Name, setting: object): boolean => settings.get(name) === setting
  }
})
