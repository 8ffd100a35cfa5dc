/** A NATS server on this machine, with JetStream on disk. */
import { FileSystem } from "@effect/platform"
import { Effect, type Scope } from "effect"
import { spawnSync } from "node:child_process"
import { BenchError } from "../../src/programs/bench/NodeProcess.ts"
import * as Server from "./Server.ts"

/** What it says of itself, or null where there is none. */
export const version: Effect.Effect<string | null> = Effect.sync(() => {
  const { status, stdout } = spawnSync("nats-server", ["--version"], { encoding: "utf8" })
  return status === 0 ? /: v(\S+)/.exec(stdout)?.[1] ?? null : null
})

export interface Options {
  readonly user?: string
  readonly password?: string
  /** The configuration's text instead, without address, port and directory. */
  readonly configuration?: string
}

/** Runs with the scope. */
export const make = Effect.fnUntraced(function*(
  { configuration, password, user }: Options = {}
): Effect.fn.Return<Server.BrokerServer, BenchError, Scope.Scope | FileSystem.FileSystem> {
  const found = yield* version
  if (found === null) return yield* new BenchError({ detail: "There is no nats-server. Install it (nats-server)." })
  const files = yield* FileSystem.FileSystem
  const directory = yield* Effect.orDie(files.makeTempDirectoryScoped({ prefix: "hostless-nats-" }))
  const file = `${directory}/nats.conf`
  const users = user === undefined ? "" : `authorization { user: "${user}", password: "${password ?? ""}" }\n`
  yield* Effect.orDie(files.writeFileString(file, configuration ?? users))
  const { address, port } = yield* Server.loopback
  const credentials = user === undefined ? "" : `${user}:${password ?? ""}@`
  return yield* Server.make({
    product: `NATS ${found}`,
    url: `nats://${credentials}${address}:${port}`,
    address,
    port,
    command: "nats-server",
    args: ["-c", file, "-a", address, "-p", String(port), "-js", "-sd", `${directory}/js`],
    env: {}
  })
})
