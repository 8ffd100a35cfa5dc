/** The studies: what `npm run bench` runs. Each answers one question that playing does not ask. */
import { Command } from "@effect/cli"
import * as CommandLine from "../src/programs/CommandLine.ts"
import * as Broker from "./Broker.ts"
import * as BrokerFailover from "./BrokerFailover.ts"
import * as Computing from "./Computing.ts"
import * as Election from "./Election.ts"
import * as Maelstrom from "./Maelstrom.ts"
import * as Raft from "./Raft.ts"
import * as RaftFrames from "./RaftFrames.ts"
import * as Relay from "./Relay.ts"
import * as Rooms from "./Rooms.ts"
import * as Smoothing from "./Smoothing.ts"
import * as Udp from "./Udp.ts"

const studies = Command.make("bench").pipe(
  Command.withDescription(
    "Studies of what hostless is made of, beside other ways to do it. bench/README.md tells more."
  ),
  Command.withSubcommands([
    Broker.command,
    BrokerFailover.command,
    Computing.command,
    Election.command,
    Maelstrom.command,
    Raft.command,
    RaftFrames.command,
    Relay.command,
    Rooms.command,
    Smoothing.command,
    Udp.command
  ])
)

CommandLine.run(studies, "npm run bench --")
