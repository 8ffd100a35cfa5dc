/** The `hostless` command. */
import { Command } from "@effect/cli"
import * as Bench from "./Bench.ts"
import * as CommandLine from "./CommandLine.ts"
import * as Demo from "./Demo.ts"
import * as Join from "./Join.ts"
import * as List from "./List.ts"
import * as Lobby from "./Lobby.ts"
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
    Play.command,
    Relay.command,
    Rooms.command,
    Serve.command,
    Simulate.command,
    Status.command
  ])
)

CommandLine.run(hostless, "hostless")
