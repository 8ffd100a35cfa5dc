/** The processes that run simulations for the command. */
import { Effect, Queue, type Scope } from "effect"
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import type { Answer, Setup, Task } from "./Protocol.ts"

export interface Worker {
  /** One task at a time. */
  readonly ask: (task: Task, progress?: (note: string) => void) => Effect.Effect<Exclude<Answer, { _tag: "progress" }>>
}

/** Built next to the program itself. */
const built = fileURLToPath(new URL("./simulation.js", import.meta.url))
/** A simulation makes much short-lived garbage. */
const flags = ["--max-semi-space-size=64", "--enable-source-maps"]

/** Ends with the scope. `script`: by default the one that is built with the program. */
export const start = (setup: Setup, script = built): Effect.Effect<Worker, never, Scope.Scope> =>
  Effect.gen(function*() {
    const child = yield* Effect.acquireRelease(
      Effect.sync(() =>
        spawn(process.execPath, [...flags, script, JSON.stringify(setup)], { stdio: ["pipe", "pipe", 2] })
      ),
      (child) => Effect.sync(() => child.kill("SIGKILL"))
    )
    const answers = yield* Queue.unbounded<Answer>()
    createInterface({ input: child.stdout! }).on("line", (line) => answers.unsafeOffer(JSON.parse(line)))
    child.once("exit", (code, signal) => {
      const detail = `a worker ended by itself (${signal ?? `exit code ${code}`})`
      answers.unsafeOffer({ _tag: "broken", seed: "", detail })
    })
    return {
      ask: (task, progress) =>
        Effect.gen(function*() {
          child.stdin!.write(`${JSON.stringify(task)}\n`)
          for (;;) {
            const answer = yield* Queue.take(answers)
            if (answer._tag !== "progress") return answer
            progress?.(answer.note)
          }
        })
    }
  })
