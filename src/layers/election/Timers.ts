/** Timers by name: each says once that its time is over, unless it was set anew or cancelled meanwhile. */
import { Duration, Effect, FiberMap, type Scope } from "effect"

export interface Timers<Name extends string> {
  readonly set: (name: Name, ms: number) => Effect.Effect<unknown>
  readonly cancel: (name: Name) => Effect.Effect<void>
  /** Whether it is of this setting that the time is over: of an earlier one it may be on its way yet. */
  readonly isSet: (name: Name, setting: object) => boolean
}

export const make = Effect.fnUntraced(function*<Name extends string>(
  over: (name: Name, setting: object) => Effect.Effect<unknown>
): Effect.fn.Return<Timers<Name>, never, Scope.Scope> {
  const fibers = yield* FiberMap.make<Name>()
  const settings = new Map<Name, object>()
  return {
    set: (name, ms) => {
      const setting = {}
      settings.set(name, setting)
      return FiberMap.run(fibers, name, Effect.delay(over(name, setting), Duration.millis(ms)))
    },
    cancel: (name) => {
      settings.delete(name)
      return FiberMap.remove(fibers, name)
    },
    isSet: (name, setting) => settings.get(name) === setting
  }
})
