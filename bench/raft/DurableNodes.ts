/** Nodes of a Raft log in a process each, whose logs are on disk and synced. */
import { FileSystem } from "@effect/platform"
import { Effect, Random, type Scope } from "effect"
import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import { BenchError, until } from "../../src/programs/bench/NodeProcess.ts"
import * as CommandClient from "./CommandClient.ts"
import type { Propose } from "./Load.ts"
import type { Heard, Setup } from "./Protocol.ts"

/** Built next to the program itself. */
const built = fileURLToPath(new URL("./raftNode.js", import.meta.url))
const startMs = 30_000

/** What a process has told of itself. */
class Node {
  port: number | null = null
  leader: number | null = null
  gone: string | null = null

  constructor(readonly n: number, readonly child: ChildProcess) {
    child.on("message", (heard: Heard) => {
      if (heard._tag === "up") this.port = heard.commands
      else if (heard._tag === "leader") this.leader = heard.leader
      else this.gone = heard.detail
    })
    child.once("exit", (code, signal) => this.gone ??= `it ended with ${code ?? signal}`)
  }
}

/** An address of this machine's loopback for each of so many, and a port that is likely free there. */
export const loopback = Effect.fnUntraced(function*(many: number) {
  const net = `127.${yield* Random.nextIntBetween(20, 250)}.${yield* Random.nextIntBetween(1, 250)}`
  const port = yield* Random.nextIntBetween(20_000, 30_000)
  return { addresses: Array.from({ length: many }, (_, i) => `${net}.${i + 1}`), port }
})

/** Where logs are kept, gone with the scope. */
export const directory: Effect.Effect<string, BenchError, Scope.Scope | FileSystem.FileSystem> = Effect.flatMap(
  FileSystem.FileSystem,
  (files) => files.makeTempDirectoryScoped({ prefix: "hostless-bench-" })
).pipe(Effect.mapError(({ message }) => new BenchError({ detail: `There is no place for logs: ${message}` })))

/** What proposes to the node that leads. Runs with the scope. */
export const start = Effect.fnUntraced(function*(
  many: number
): Effect.fn.Return<Propose, BenchError, Scope.Scope | FileSystem.FileSystem> {
  const root = yield* directory
  const { addresses, port } = yield* loopback(many)
  const places = addresses.map((address) => `${address}:${port}`)
  const nodes = yield* Effect.forEach(places, (_, i) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        const setup: Setup = { n: i + 1, places, directory: `${root}/${i + 1}` }
        return new Node(i + 1, fork(built, [JSON.stringify(setup)], { stdio: ["ignore", 2, 2, "ipc"] }))
      }),
      ({ child }) =>
        Effect.async<void>((resume) => {
          if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
          child.once("exit", () => resume(Effect.void))
          child.kill("SIGKILL")
        })
    ))
  /** Whom all follow; whoever is gone is found, too. */
  const found = Effect.sync(() => {
    const [first] = nodes
    const agreed = nodes.every(({ leader, port }) => port !== null && leader === first!.leader)
    return nodes.find(({ gone }) => gone !== null)
      ?? (agreed ? nodes.find(({ n }) => n === first!.leader) ?? null : null)
  })
  const leader = yield* until(found, "the nodes to elect one", { everyMs: 20, timeoutMs: startMs })
  if (leader.gone !== null) return yield* new BenchError({ detail: `A node is gone: ${leader.gone}.` })
  return yield* CommandClient.connect(addresses[nodes.indexOf(leader)]!, leader.port!)
})
