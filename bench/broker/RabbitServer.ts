/** A RabbitMQ server on this machine, with all that it keeps, and Erlang's port mapper, of its own. */
import { FileSystem } from "@effect/platform"
import { Effect, type Scope } from "effect"
import { spawn, spawnSync } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import { BenchError } from "../../src/programs/bench/NodeProcess.ts"
import * as Server from "./Server.ts"

/** Where packages keep the program itself; what PATH has may become another user first. */
const libraries = "/usr/lib/rabbitmq/lib"

const find = (): { readonly command: string; readonly version: string } | null => {
  for (const name of existsSync(libraries) ? readdirSync(libraries) : []) {
    const version = /^rabbitmq_server-(\S+)$/.exec(name)?.[1]
    if (version !== undefined) return { command: `${libraries}/${name}/sbin/rabbitmq-server`, version }
  }
  const { status } = spawnSync("rabbitmq-server", ["--help"], { stdio: "ignore" })
  return status === null ? null : { command: "rabbitmq-server", version: "" }
}

/** Its version, or null where there is none. */
export const version: Effect.Effect<string | null> = Effect.sync(() => find()?.version ?? null)

const user = "player"
const password = "s3cret/pass"

/** Nodes of Erlang find each other by it. Not as a daemon: it ends with the scope. */
const portMapper = (address: string, port: number) =>
  Effect.acquireRelease(
    Effect.sync(() => spawn("epmd", ["-port", String(port), "-address", address], { stdio: "ignore" })),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )

/** Runs with the scope; its user is `user`. */
export const make: Effect.Effect<Server.BrokerServer, BenchError, Scope.Scope | FileSystem.FileSystem> = Effect.gen(
  function*() {
    const found = yield* Effect.sync(find)
    if (found === null) return yield* new BenchError({ detail: "There is no RabbitMQ. Install it (rabbitmq-server)." })
    const files = yield* FileSystem.FileSystem
    const directory = yield* Effect.orDie(files.makeTempDirectoryScoped({ prefix: "hostless-rabbit-" }))
    const write = (name: string, text: string) => Effect.orDie(files.writeFileString(`${directory}/${name}`, text))
    yield* write(
      "rabbitmq.conf",
      `default_user = ${user}\ndefault_pass = ${password}\nlog.file.level = warning\nlog.console = false\n`
    )
    yield* write("plugins", "[].\n")
    const { address, port } = yield* Server.loopback
    yield* portMapper(address, port + 2)
    const interfaceOf = `{${address.replaceAll(".", ",")}}`
    return yield* Server.make({
      product: `RabbitMQ ${found.version}`.trim(),
      url: `amqp://${user}:${encodeURIComponent(password)}@${address}:${port}`,
      address,
      port,
      command: found.command,
      args: [],
      env: {
        HOME: directory,
        RABBITMQ_NODENAME: `hostless-${port}@localhost`,
        RABBITMQ_NODE_IP_ADDRESS: address,
        RABBITMQ_NODE_PORT: String(port),
        RABBITMQ_DIST_PORT: String(port + 1),
        RABBITMQ_CONFIG_FILE: `${directory}/rabbitmq.conf`,
        RABBITMQ_MNESIA_BASE: `${directory}/data`,
        RABBITMQ_LOG_BASE: `${directory}/log`,
        RABBITMQ_ENABLED_PLUGINS_FILE: `${directory}/plugins`,
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: `-kernel inet_dist_use_interface ${interfaceOf}`,
        ERL_EPMD_ADDRESS: address,
        ERL_EPMD_PORT: String(port + 2)
      }
    })
  }
)
