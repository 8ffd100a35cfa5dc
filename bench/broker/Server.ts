/** A broker of this machine's own, for benches and tests: on loopback, with its data in a directory that goes with it. */
import { Effect, Exit, Random, Ref, Scope } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import * as Net from "node:net"
import { BenchError, until } from "../../src/programs/bench/NodeProcess.ts"

export interface BrokerServer {
  /** With its credentials. */
  readonly url: string
  /** `RabbitMQ 3.10.8`. */
  readonly product: string
  /** Kills it (-9), if it runs. */
  readonly kill: Effect.Effect<void>
  /** Asks it to end, and waits until it has. */
  readonly stop: Effect.Effect<void>
  /** Starts it with the data that it had, unless it runs, and waits until it takes connections. */
  readonly start: Effect.Effect<void, BenchError>
  /** Stops or goes on, without its end. */
  readonly signal: (name: "SIGSTOP" | "SIGCONT") => Effect.Effect<void>
}

export interface Command {
  readonly product: string
  readonly url: string
  readonly address: string
  readonly port: number
  readonly command: string
  readonly args: ReadonlyArray<string>
  readonly env: Readonly<Record<string, string>>
  /** Whether it is ready, once its port takes connections. Default: yes. */
  readonly isReady?: (output: string) => boolean
}

/** An Erlang machine takes some seconds, more where others test too. */
const startMs = 90_000
const stopMs = 20_000

/** An address of this machine's loopback, and ports from there on that are likely free. */
export const loopback: Effect.Effect<{ readonly address: string; readonly port: number }> = Effect.gen(function*() {
  const address = `127.${yield* Random.nextIntBetween(20, 250)}.${yield* Random.nextIntBetween(1, 250)}.9`
  return { address, port: yield* Random.nextIntBetween(20_000, 30_000) }
})

const takesConnections = (address: string, port: number): Effect.Effect<boolean> =>
  Effect.async((resume) => {
    const socket = Net.connect({ host: address, port })
    socket.once("connect", () => resume(Effect.succeed(true)))
    socket.once("error", () => resume(Effect.succeed(false)))
    return Effect.sync(() => socket.destroy())
  }).pipe(Effect.timeoutTo({ duration: 1_000, onSuccess: (taken) => taken as boolean, onTimeout: () => false }))

/** The whole group: what the command itself starts, too. */
const signalGroup = (child: ChildProcess, name: NodeJS.Signals): void => {
  try {
    process.kill(-child.pid!, name)
  } catch {
    // It has ended.
  }
}

const ended = (child: ChildProcess): Effect.Effect<void> =>
  Effect.async((resume) => {
    if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
    child.once("exit", () => resume(Effect.void))
  })

/** One run of it. */
const launch = Effect.fnUntraced(function*(given: Command): Effect.fn.Return<ChildProcess, BenchError, Scope.Scope> {
  // What was killed may take a moment to be gone, with what it had started: nobody is to find the old one.
  const isFree = Effect.map(takesConnections(given.address, given.port), (taken) => taken ? null : true)
  yield* until(isFree, `port ${given.port} to be free`, { everyMs: 20, timeoutMs: stopMs })
  let output = ""
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const env = { ...process.env, ...given.env }
      const child = spawn(given.command, given.args, { stdio: ["ignore", "pipe", "pipe"], env, detached: true })
      const keep = (chunk: Buffer) => void (output = (output + chunk.toString()).slice(-16_384))
      child.stdout.on("data", keep)
      child.stderr.on("data", keep)
      child.once("error", (error) => keep(Buffer.from(error.message)))
      return child
    }),
    (child) => Effect.zipRight(Effect.sync(() => signalGroup(child, "SIGKILL")), ended(child))
  )
  const ready = Effect.gen(function*() {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return "ended" as const
    const answers = yield* takesConnections(given.address, given.port)
    return answers && (given.isReady?.(output) ?? true) ? "ready" as const : null
  })
  const how = yield* until(ready, `${given.product} to start`, { everyMs: 50, timeoutMs: startMs })
  if (how === "ended") return yield* new BenchError({ detail: `${given.product} does not start: ${output}` })
  return child
})

/** Runs with the scope, from when this returns. */
export const make = Effect.fnUntraced(function*(
  given: Command
): Effect.fn.Return<BrokerServer, BenchError, Scope.Scope> {
  const running = yield* Ref.make<{ readonly child: ChildProcess; readonly scope: Scope.CloseableScope } | null>(null)
  const kill = Effect.flatMap(
    Ref.getAndSet(running, null),
    (run) => run === null ? Effect.void : Scope.close(run.scope, Exit.void)
  )
  yield* Effect.addFinalizer(() => kill)
  const start = Effect.gen(function*() {
    if ((yield* Ref.get(running)) !== null) return
    const scope = yield* Scope.make()
    const child = yield* Scope.extend(launch(given), scope).pipe(Effect.onError(() => Scope.close(scope, Exit.void)))
    yield* Ref.set(running, { child, scope })
  })
  const withChild = (act: (child: ChildProcess) => Effect.Effect<void>) =>
    Effect.flatMap(Ref.get(running), (run) => run === null ? Effect.void : act(run.child))
  const signal: BrokerServer["signal"] = (name) => withChild((child) => Effect.sync(() => signalGroup(child, name)))
  const stop = withChild((child) =>
    Effect.zipRight(
      Effect.sync(() => signalGroup(child, "SIGTERM")),
      Effect.asVoid(Effect.timeoutOption(ended(child), stopMs))
    )
  ).pipe(Effect.zipRight(kill))
  yield* start
  return { url: given.url, product: given.product, kill, stop, start, signal }
})
