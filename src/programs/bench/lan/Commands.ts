/** Commands of the system, such as `ip`, run to their end. */
import { Effect } from "effect"
import { spawn } from "node:child_process"
import { BenchError } from "../NodeProcess.ts"

/** What went wrong is told in the command's own words; `input` is what it reads. */
export const run = (line: ReadonlyArray<string>, input = ""): Effect.Effect<void, BenchError> =>
  Effect.async((resume) => {
    const [command, ...args] = line
    const child = spawn(command!, args, { stdio: ["pipe", "ignore", "pipe"] })
    let said = ""
    const fail = (why: string) =>
      resume(Effect.fail(new BenchError({ detail: `"${line.join(" ")}" failed: ${why.trim()}` })))
    child.stderr.setEncoding("utf8").on("data", (text: string) => said += text)
    child.once(
      "error",
      (error: NodeJS.ErrnoException) => fail(error.code === "ENOENT" ? `there is no command ${command}` : error.message)
    )
    child.once(
      "close",
      (code, signal) => code === 0 ? resume(Effect.void) : fail(said || `${signal ?? `code ${code}`}`)
    )
    // It may be gone before it has read.
    child.stdin.on("error", () => {})
    child.stdin.end(input)
  })

/** One after the other; the first that fails ends it. */
export const runAll = (lines: ReadonlyArray<string>): Effect.Effect<void, BenchError> =>
  Effect.forEach(lines, (line) => run(line.split(" ")), { discard: true })
