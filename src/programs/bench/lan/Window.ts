/**
 * A window into a network namespace: pages on its loopback, read from outside. A small process is kept open in there,
 * since only who is inside can connect; so the bench sees nodes whatever becomes of the network between them.
 */
import { Duration, Effect, type Scope } from "effect"
import { spawn } from "node:child_process"
import type { Read } from "../NodeProcess.ts"

/** What runs inside. It ends with the channel to this process. */
const reader = `process.on("message", ({ id, url, timeoutMs }) =>
  fetch(url, { signal: AbortSignal.timeout(timeoutMs) })
    .then((response) => response.text())
    .catch(() => null)
    .then((text) => process.connected && process.send({ id, text })))`

/** The answer's own way, beyond the page's. */
const marginMs = 500

interface Answer {
  readonly id: number
  readonly text: string | null
}

/** `enter`: the command that runs another one in the namespace. */
export const open = (enter: ReadonlyArray<string>): Effect.Effect<Read, never, Scope.Scope> =>
  Effect.gen(function*() {
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const [command, ...args] = [...enter, process.execPath, "-e", reader]
        return spawn(command!, args, { stdio: ["ignore", "ignore", "ignore", "ipc"] })
      }),
      (child) => Effect.sync(() => child.kill("SIGKILL"))
    )
    const asked = new Map<number, (text: string | null) => void>()
    let asks = 0
    child.on("message", ({ id, text }: Answer) => asked.get(id)?.(text))
    child.on("error", () => {})
    return (url, timeoutMs) =>
      Effect.suspend(() => {
        const id = ++asks
        return Effect.async<string | null>((resume) => {
          asked.set(id, (text) => resume(Effect.succeed(text)))
          if (child.connected) child.send({ id, url, timeoutMs }, () => {})
        }).pipe(
          Effect.timeout(Duration.millis(timeoutMs + marginMs)),
          Effect.orElseSucceed(() => null),
          Effect.ensuring(Effect.sync(() => asked.delete(id)))
        )
      })
  })
