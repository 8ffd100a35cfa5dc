/**
 * Finds what leaks out of virtual time: while a simulation runs, nothing may be started that the real world has to end (a
 * timer, a socket, a promise, work of another thread). It would never end within the run, which is synchronous, and be
 * different each time. What reads the real clock or real chance gets virtual ones.
 */
import { createHook } from "node:async_hooks"
import { syncBuiltinESMExports } from "node:module"
import { Substitutes } from "../Substitutes.ts"
import * as VirtualCrypto from "./VirtualCrypto.ts"
import * as VirtualGlobals from "./VirtualGlobals.ts"

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

let active: { leak: LeakError | null } | null = null

/** What `use` starts is no leak. */
const unwatched = <A>(use: () => A): A => {
  const state = active
  active = null
  try {
    return use()
  } finally {
    active = state
  }
}

const leakOf = (what: string): LeakError => new LeakError(`virtual time leaks: ${what}`)

/** Ends the run, also when the program sees to the error. */
const refuse = (what: string): never => {
  const leak = leakOf(what)
  if (active !== null) active.leak ??= leak
  throw leak
}

/** Words on a terminal are not part of the run, and say nothing to it. */
const speaking = ["log", "info", "warn", "error", "debug", "trace", "group", "groupCollapsed", "groupEnd"] as const

const letSpeak = (substitutes: Substitutes): void => {
  for (const name of speaking) {
    const real = console[name]
    substitutes.put(console, name, (...words: Array<unknown>): void => unwatched(() => real.apply(console, words)))
  }
}

/** What `Effect.never` waits for, so that a process does not end. It does not matter here, and never comes. */
const neverMs = 2 ** 31 - 1

const letWaitForever = (substitutes: Substitutes): void => {
  const real = globalThis.setInterval
  const setInterval = (callback: () => void, ms?: number, ...args: ReadonlyArray<unknown>) =>
    ms === neverMs ? undefined : real(callback, ms, ...args)
  substitutes.put(globalThis, "setInterval", setInterval)
}

const hook = createHook({
  init: (_id, type) => {
    if (active === null || active.leak !== null || harmless.has(type)) return
    active.leak = leakOf(advice[type] ?? `a real resource (${type})`)
  }
})

/**
 * Runs `body` watched. `check` throws once something has leaked; call it often, so that the run ends near what leaked.
 * Not to be nested. However it ends, all globals are as they were.
 */
export const watched = <A>(world: VirtualGlobals.World, body: (check: () => void) => A): A => {
  if (active !== null) throw new LeakError("a simulation cannot run within another one")
  const state: { leak: LeakError | null } = { leak: null }
  const substitutes = new Substitutes()
  const check = (): void => {
    if (state.leak !== null) throw state.leak
  }
  try {
    VirtualGlobals.install(substitutes, world)
    VirtualCrypto.install(substitutes, world.entropy, { refuse, unwatched })
    letSpeak(substitutes)
    letWaitForever(substitutes)
    syncBuiltinESMExports()
    active = state
    hook.enable()
    const result = body(check)
    check()
    return result
  } finally {
    hook.disable()
    active = null
    substitutes.restore()
    syncBuiltinESMExports()
  }
}
