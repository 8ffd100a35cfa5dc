/**
 * Virtual time for any Effect program (`VirtualTime`), and simulations of whole hostless clusters on a hostile network
 * (`Simulation`).
 */
export * as Fault from "./faults/Fault.ts"
export * as Shrinker from "./Shrinker.ts"
export * as Simulation from "./Simulation.ts"
export { Chance, seedMax } from "./time/Chance.ts"
export { LeakError } from "./time/Leaks.ts"
export { MachineClock, VirtualClock } from "./time/VirtualClock.ts"
export { RestlessError, VirtualProcess } from "./time/VirtualScheduler.ts"
export * as VirtualTime from "./time/VirtualTime.ts"
export * as TimeSpaceDiagram from "./TimeSpaceDiagram.ts"
export type { Entry, Trace } from "./Trace.ts"
export { promises, Violation } from "./Violation.ts"
export type { PromiseName } from "./Violation.ts"
