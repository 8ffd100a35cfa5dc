/** Commands of the system, such as `ip`, run to their end. */
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { BenchError } from "../NodeProcess.ts"

/** What went wrong is told in the command's own words; `input` is what it reads. */
export const run = (line: ReadonlyArray<string>, input = ""): Effect.Effect<void, BenchError> =>
  Effect.async((resume) => {
    const [command, ...args] = line
    const child = execFile(command!, args, (error, _said, complaint) => {
      if (error === null) return resume(Effect.void)
      const why = error.code === "ENOENT"
        ? `there is no command ${command}`
        : complaint || (typeof error.code === "string" ? error.message : `${error.signal ?? `code ${error.code}`}`)
      resume(new BenchError({ detail: `"${line.join(" ")}" failed: ${why.trim()}` }))
    })
    // It may be gone before it has read.
    child.stdin!.on("error", () => {}).end(input)
  })

/** One after the other; the first that fails ends it. */
export const runAll = (lines: ReadonlyArray<string>): Effect.Effect<void, BenchError> =>
  Effect.forEach(lines, (line) => run(line.split(" ")), { discard: true })
