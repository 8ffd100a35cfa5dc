/**
 * Real node processes for benches: started, watched through their status, killed by signals.
 */
import { Data, Duration, Effect, Schedule, Schema, type Scope } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { Status } from "../../protocol/Status.ts"

export class BenchError extends Data.TaggedError("BenchError")<{ readonly detail: string }> {}

export interface NodeProcess {
  readonly index: number
  readonly child: ChildProcess
  readonly botLog: string
  /** The page's address without path and key. */
  readonly url: string
  readonly exited: () => boolean
  readonly read: Read
}

/** The text of a page of a node's, or null when there is no answer within `timeoutMs`. */
export type Read = (url: string, timeoutMs: number) => Effect.Effect<string | null>

/** From the network that this process is in. */
const readHere: Read = (url, timeoutMs) =>
  Effect.tryPromise((signal) => fetch(url, { signal }).then((response) => response.text())).pipe(
    Effect.timeout(Duration.millis(timeoutMs)),
    Effect.orElseSucceed(() => null)
  )

/** Where nodes run, by their indices. */
export interface Ground {
  readonly address: (index: number) => string
  /** A command that runs the node in its own place, as the process that it was itself; or nothing. */
  readonly runner: (index: number) => ReadonlyArray<string>
  /** How the node's page is read from outside that place; undefined: like any. */
  readonly read: (index: number) => Read | undefined
}

export interface StartOptions {
  /** What the node is for. Default: it plays Gather, with one bot, whose log is `botLog`. */
  readonly command?: ReadonlyArray<string> | undefined
  readonly index: number
  readonly ground: Ground
  readonly cluster: string
  readonly discoveryPort: number
  readonly botLog: string
  readonly more: ReadonlyArray<string>
  /** More environment than this process's own. */
  readonly env?: Readonly<Record<string, string>> | undefined
}

/** The `hostless` command, seen from where benches and studies are built to. */
const program = fileURLToPath(new URL("../../bin/hostless.js", import.meta.url))
const startTimeout = Duration.seconds(20)

const commandOf = ({ botLog, cluster, command, discoveryPort, ground, index, more }: StartOptions) => {
  const options = {
    "--http-port": "0",
    "--ip": ground.address(index),
    "--cluster": cluster,
    "--discovery-port": String(discoveryPort),
    "--name": `node ${index + 1}`
  }
  return [
    ...ground.runner(index),
    process.execPath,
    program,
    ...(command ?? ["play", "gather", "--headless", "--bots", "1", "--bot-log", botLog]),
    ...Object.entries(options).flat(),
    ...more
  ]
}

/** Starts a node and waits for its page's address; ends it with the scope, if it is still there. */
export const start = Effect.fnUntraced(
  function*(options: StartOptions): Effect.fn.Return<NodeProcess, BenchError, Scope.Scope> {
    const { botLog, env, ground, index } = options
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const [command, ...args] = commandOf(options)
        return spawn(command!, args, { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, ...env } })
      }),
      (child) =>
        Effect.sync(() => {
          child.kill("SIGCONT")
          child.kill("SIGKILL")
        })
    )
    const url = yield* Effect.async<string, BenchError>((resume) => {
      let text = ""
      const fail = (detail: string) => resume(new BenchError({ detail }))
      child.stdout.on("data", (chunk: Buffer) => {
        text += chunk.toString()
        const line = /^(http\S+?)\/\?/.exec(text)
        if (line !== null) resume(Effect.succeed(line[1]!))
      })
      child.once("exit", (code) => fail(`A node ended at its start, with code ${code}.`))
      child.once("error", (error) => fail(`A node could not be started: ${error.message}`))
    }).pipe(Effect.timeoutFail({
      duration: startTimeout,
      onTimeout: () => new BenchError({ detail: "A node did not come up in 20 s." })
    }))
    const exited = () => child.exitCode !== null || child.signalCode !== null
    return { index, child, botLog, url, exited, read: ground.read(index) ?? readHere }
  }
)

const decode = Schema.decodeUnknown(Schema.parseJson(Status))

/** The node's status, or null when it does not answer within `timeoutMs`. */
export const status = (node: NodeProcess, timeoutMs = 1_000): Effect.Effect<Status | null> =>
  Effect.flatMap(
    node.read(`${node.url}/api/status`, timeoutMs),
    (text) => text === null ? Effect.succeed(null) : Effect.orElseSucceed(decode(text), () => null)
  )

/** The statuses of many, in their order. */
export const statuses = (nodes: ReadonlyArray<NodeProcess>): Effect.Effect<ReadonlyArray<Status | null>> =>
  Effect.forEach(nodes, (node) => status(node), { concurrency: "unbounded" })

/** Waits until what is asked for is there, looking every `everyMs`. */
export const until = <A>(
  look: Effect.Effect<A | null>,
  what: string,
  options: { readonly everyMs?: number; readonly timeoutMs?: number } = {}
): Effect.Effect<A, BenchError> =>
  look.pipe(
    Effect.flatMap((found) => found === null ? Effect.fail("not yet") : Effect.succeed(found)),
    Effect.retry(Schedule.spaced(Duration.millis(options.everyMs ?? 100))),
    Effect.timeoutFail({
      duration: Duration.millis(options.timeoutMs ?? 30_000),
      onTimeout: () => new BenchError({ detail: `Waited in vain for ${what}.` })
    }),
    Effect.mapError((error) => error instanceof BenchError ? error : new BenchError({ detail: what }))
  )

/** Waits until the node has ended. */
export const ended = (node: NodeProcess, what: string): Effect.Effect<void, BenchError> =>
  until(Effect.sync(() => node.exited() ? true : null), what, { everyMs: 10 })
