/** This program run again in a place of its own, where a share of all packets on the loopback gets lost. */
import { Effect, type Scope } from "effect"
import { spawn } from "node:child_process"
import { BenchError } from "../NodeProcess.ts"
import * as LanNetwork from "./LanNetwork.ts"

export interface Ended {
  /** Its exit code; null where it was killed. */
  readonly code: number | null
  readonly output: string
}

/** With these arguments, to its end. BenchError where no such place can be made here. */
export const run = Effect.fnUntraced(function*(
  loss: number,
  args: ReadonlyArray<string>
): Effect.fn.Return<Ended, BenchError, Scope.Scope> {
  const network = yield* LanNetwork.make(1)
  yield* network.lossOnLoopback(0, loss)
  const [command, ...rest] = [...network.ground.runner(0), process.execPath, process.argv[1]!, ...args]
  return yield* Effect.async<Ended, BenchError>((resume) => {
    const child = spawn(command!, rest, { stdio: ["ignore", "pipe", "inherit"] })
    let output = ""
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => output += chunk)
    child.once("error", (error) => resume(new BenchError({ detail: error.message })))
    child.once("close", (code) => resume(Effect.succeed({ code, output })))
    // It ends its own nodes.
    return Effect.sync(() => child.kill("SIGTERM"))
  })
})
