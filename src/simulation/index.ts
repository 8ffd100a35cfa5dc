/**
 * Virtual time for any Effect program (`VirtualTime`), and simulations of whole hostless clusters on a hostile network
 * (`Simulation`).
 */
export { Chance, seedMax } from "./Chance.ts"
export * as Fault from "./faults/Fault.ts"
export { LeakError } from "./Leaks.ts"
export * as Shrinker from "./Shrinker.ts"
export * as Simulation from "./Simulation.ts"
export * as TimeSpaceDiagram from "./TimeSpaceDiagram.ts"
export type { Entry, Trace } from "./Trace.ts"
export { promises, Violation } from "./Violation.ts"
export type { PromiseName } from "./Violation.ts"
export { MachineClock, VirtualClock } from "./VirtualClock.ts"
export { RestlessError, VirtualProcess } from "./VirtualScheduler.ts"
export * as VirtualTime from "./VirtualTime.ts"
