/**
 * Finds what leaks out of virtual time: while a simulation runs, nothing may be started that the real world has to end (a
 * timer, a socket, a promise, work of another thread). It would never end within the run, which is synchronous, and be
 * different each time. What reads the real clock or real chance gets virtual ones.
 */
import { createHook } from "node:async_hooks"

/** Something was started that virtual time does not govern. */
export class LeakError extends Error {
  override readonly name = "LeakError"
}

/** What async_hooks calls what JavaScript can do without the world. */
const harmless = new Set(["TickObject"])

const advice: Readonly<Record<string, string>> = {
  Timeout: "a real timer (setTimeout or setInterval): use Effect.sleep, Schedule or Clock",
  Immediate: "setImmediate: use Effect.yieldNow",
  PROMISE: "a promise: it settles in real time; give the program a layer that does without",
  Microtask: "queueMicrotask: use Effect.yieldNow"
}

interface World {
  readonly nowMs: () => number
  /** Monotonic, from any beginning. */
  readonly elapsedMs: () => number
  readonly random: () => number
}

let active: { leak: LeakError | null } | null = null

/** Words on a terminal are not part of the run, and say nothing to it. */
const speaking = ["log", "info", "warn", "error", "debug", "trace", "group", "groupCollapsed", "groupEnd"] as const

/** Returns what undoes it. */
const letSpeak = (): () => void => {
  const before = speaking.map((name) => console[name])
  speaking.forEach((name, i) => {
    console[name] = (...words: Array<unknown>): void => {
      const state = active
      active = null
      try {
        before[i]!.apply(console, words)
      } finally {
        active = state
      }
    }
  })
  return () => speaking.forEach((name, i) => (console[name] = before[i]!))
}

/** What `Effect.never` waits for, so that a process does not end. It does not matter here, and never comes. */
const neverMs = 2 ** 31 - 1

/** Returns what undoes it. */
const letWaitForever = (): () => void => {
  const real = globalThis.setInterval
  const patched = (callback: () => void, ms?: number, ...args: ReadonlyArray<unknown>) =>
    ms === neverMs ? undefined : real(callback, ms, ...args)
  globalThis.setInterval = patched as typeof real
  return () => {
    globalThis.setInterval = real
  }
}

const hook = createHook({
  init: (_id, type) => {
    if (active === null || active.leak !== null || harmless.has(type)) return
    const what = advice[type] ?? `a real resource (${type})`
    const leak = new LeakError(`virtual time leaks: ${what}`)
    active.leak = leak
  }
})

/**
 * Runs `body` watched. `check` throws once something has leaked; call it often, so that the run ends near what leaked.
 * Not to be nested.
 */
export const watched = <A>(world: World, body: (check: () => void) => A): A => {
  if (active !== null) throw new LeakError("a simulation cannot run within another one")
  const state: { leak: LeakError | null } = { leak: null }
  const real = { now: Date.now, elapsed: performance.now, random: Math.random }
  active = state
  Date.now = world.nowMs
  performance.now = world.elapsedMs
  Math.random = world.random
  const undo = [letSpeak(), letWaitForever()]
  hook.enable()
  const check = (): void => {
    if (state.leak !== null) throw state.leak
  }
  try {
    const result = body(check)
    check()
    return result
  } finally {
    hook.disable()
    for (const each of undo) each()
    Date.now = real.now
    performance.now = real.elapsed
    Math.random = real.random
    active = null
  }
}
