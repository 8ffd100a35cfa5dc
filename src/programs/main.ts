/** The `hostless` command. */
import { Command } from "@effect/cli"
import { NodeContext, NodeRuntime } from "@effect/platform-node"
import { Effect } from "effect"
import * as Bench from "./Bench.ts"
import * as Logging from "./Logging.ts"
import * as Play from "./Play.ts"

const hostless = Command.make("hostless").pipe(
  Command.withDescription("Multiplayer games that outlive their host."),
  Command.withSubcommands([Bench.command, Play.command])
)

const run = Command.run(hostless, { name: "hostless", version: "0.1.0" })

run(process.argv).pipe(
  Effect.scoped,
  Effect.provide(NodeContext.layer),
  Effect.provide(Logging.layer),
  NodeRuntime.runMain({ disableErrorReporting: true, disablePrettyLogger: true })
)
