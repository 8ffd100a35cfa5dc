/** The `hostless` command. */
import { Command, ValidationError } from "@effect/cli"
import { NodeContext, NodeRuntime } from "@effect/platform-node"
import { Cause, Console, Effect } from "effect"
import * as Bench from "./Bench.ts"
import * as Demo from "./Demo.ts"
import * as Help from "./Help.ts"
import * as Ink from "./Ink.ts"
import * as Join from "./Join.ts"
import * as List from "./List.ts"
import * as Lobby from "./Lobby.ts"
import * as Logging from "./Logging.ts"
import * as Maelstrom from "./Maelstrom.ts"
import * as Play from "./Play.ts"
import * as Relay from "./Relay.ts"
import * as Rooms from "./Rooms.ts"
import * as Serve from "./Serve.ts"
import * as Simulate from "./Simulate.ts"
import * as Status from "./Status.ts"

const hostless = Command.make("hostless").pipe(
  Command.withDescription("Multiplayer games that outlive their host."),
  Command.withSubcommands([
    Bench.command,
    Demo.command,
    Join.command,
    List.command,
    Lobby.command,
    Maelstrom.command,
    Play.command,
    Relay.command,
    Rooms.command,
    Serve.command,
    Simulate.command,
    Status.command
  ])
)

const run = Command.run(hostless, { name: "hostless", version: "0.1.0" })

const args = process.argv.slice(2)

/** What the command line got wrong has been said by then; whatever else gets here was not foreseen. */
const explain = (cause: Cause.Cause<unknown>): Effect.Effect<void> => {
  if (Cause.isInterruptedOnly(cause)) return Effect.void
  const error = Cause.squash(cause)
  return ValidationError.isValidationError(error)
    ? Console.error(Help.hint(hostless, args))
    : Console.error(`hostless: this should not have happened, and is to be reported.\n${Cause.pretty(cause)}`)
}

const help = Help.asked(hostless, args, Ink.ofOutput(), Math.min(process.stdout.columns ?? 100, 120))

const program = help === null ? run(process.argv) : Console.log(help)

program.pipe(
  Effect.scoped,
  Effect.tapErrorCause(explain),
  Effect.provide(NodeContext.layer),
  Effect.provide(Logging.layer),
  NodeRuntime.runMain({ disableErrorReporting: true, disablePrettyLogger: true })
)
