/**
 * How evenly a process ticks that does nothing else, beside whatever is measured: what the machine itself allows at the
 * time.
 */
import { Effect, type Scope } from "effect"
import { spawn } from "node:child_process"

/** Plain JavaScript, for a process of its own: ticks from its first input to its last, then prints all deviations. */
const script = (periodMs: number): string => `
  const off = []
  let next = 0
  let last = null
  const wake = () => {
    const now = performance.now()
    if (next - now > 0.5) return setTimeout(wake, next - now)
    if (last !== null) off.push(Math.round(Math.abs(now - last - ${periodMs}) * 100) / 100)
    last = now
    next += ${periodMs}
    setImmediate(wake)
  }
  process.stdin.once("data", () => {
    next = performance.now()
    wake()
  }).on("end", () => {
    process.stdout.write(JSON.stringify(off), () => process.exit())
  })
`

export interface Deviations {
  readonly p50: number
  readonly p99: number
  readonly p999: number
}

export interface IdleClock {
  readonly begin: Effect.Effect<void>
  /** Ends it, and tells by how much the times between ticks were off. */
  readonly end: Effect.Effect<Deviations>
}

/** Of the priority that this process has now. */
export const start = (periodMs: number): Effect.Effect<IdleClock, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => spawn(process.execPath, ["-e", script(periodMs)], { stdio: ["pipe", "pipe", "inherit"] })),
      (child) => Effect.sync(() => child.kill("SIGKILL"))
    ),
    (child) => ({
      begin: Effect.sync(() => child.stdin.write("begin")),
      end: Effect.async<Deviations>((resume) => {
        let text = ""
        child.stdout.on("data", (data) => {
          text += data
        }).on("end", () => {
          const sorted = (JSON.parse(text) as Array<number>).sort((a, b) => a - b)
          const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0
          resume(Effect.succeed({ p50: at(0.5), p99: at(0.99), p999: at(0.999) }))
        })
        child.stdin.end()
      })
    })
  )
