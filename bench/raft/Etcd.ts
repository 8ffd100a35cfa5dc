/** A cluster of etcd's on this machine, for comparison. */
import type { FileSystem } from "@effect/platform"
import { Effect, Schema, type Scope } from "effect"
import { spawn, spawnSync } from "node:child_process"
import { type BenchError, until } from "../../src/programs/bench/NodeProcess.ts"
import { directory, loopback } from "./DurableNodes.ts"
import * as EtcdClient from "./EtcdClient.ts"
import type { Propose } from "./Load.ts"

const startMs = 30_000

/** What `etcd --version` says, or null. */
export const parseVersion = (output: string): string | null => /^etcd Version: (\S+)$/m.exec(output)?.[1] ?? null

/** Of the one that PATH has; null: there is none. */
export const version: Effect.Effect<string | null> = Effect.sync(() => {
  const { status, stdout } = spawnSync("etcd", ["--version"], { encoding: "utf8" })
  return status === 0 ? parseVersion(stdout) : null
})

const Status = Schema.parseJson(Schema.Struct({
  header: Schema.Struct({ member_id: Schema.String }),
  leader: Schema.optional(Schema.String)
}))
const decodeStatus = Schema.decodeUnknown(Status)

const leads = (url: string): Effect.Effect<boolean> =>
  Effect.tryPromise((signal) =>
    fetch(`${url}/v3/maintenance/status`, { method: "POST", body: "{}", signal }).then((answer) => answer.text())
  ).pipe(
    Effect.timeout(1_000),
    Effect.flatMap(decodeStatus),
    Effect.map(({ header, leader }) => leader === header.member_id),
    Effect.orElseSucceed(() => false)
  )

/** The arguments of the nth node, from 0 on. */
export const argsOf = (
  n: number,
  addresses: ReadonlyArray<string>,
  port: number,
  root: string
): ReadonlyArray<string> => {
  const client = (at: number) => `http://${addresses[at]}:${port}`
  const peer = (at: number) => `http://${addresses[at]}:${port + 1}`
  const given = {
    "name": `n${n}`,
    "data-dir": `${root}/${n}`,
    "listen-client-urls": client(n),
    "advertise-client-urls": client(n),
    "listen-peer-urls": peer(n),
    "initial-advertise-peer-urls": peer(n),
    "initial-cluster": addresses.map((_, at) => `n${at}=${peer(at)}`).join(","),
    "initial-cluster-token": root,
    "initial-cluster-state": "new"
  }
  return Object.entries(given).flatMap(([name, value]) => [`--${name}`, value])
}

/** What puts at the node that leads. Runs with the scope. */
export const start = Effect.fnUntraced(function*(
  many: number
): Effect.fn.Return<Propose, BenchError, Scope.Scope | FileSystem.FileSystem> {
  const root = yield* directory
  const { addresses, port } = yield* loopback(many)
  yield* Effect.forEach(addresses, (_, n) =>
    Effect.acquireRelease(
      Effect.sync(() => spawn("etcd", argsOf(n, addresses, port, root), { stdio: "ignore" })),
      (child) =>
        Effect.async<void>((resume) => {
          if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
          child.once("exit", () => resume(Effect.void))
          child.kill("SIGKILL")
        })
    ))
  const urls = addresses.map((address) => `http://${address}:${port}`)
  const leader = yield* until(
    Effect.map(Effect.filter(urls, leads, { concurrency: "unbounded" }), ([first = null]) => first),
    "etcd to elect a leader",
    { timeoutMs: startMs }
  )
  return yield* EtcdClient.connect(leader)
})
