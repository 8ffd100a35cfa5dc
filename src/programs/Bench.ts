/** `hostless bench`: figures, with the commands that make them. */
import { Command } from "@effect/cli"
import * as Broker from "./bench/Broker.ts"
import * as Computing from "./bench/Computing.ts"
import * as Election from "./bench/Election.ts"
import * as Failover from "./bench/Failover.ts"
import * as Lan from "./bench/Lan.ts"
import * as Raft from "./bench/Raft.ts"
import * as RaftFrames from "./bench/RaftFrames.ts"
import * as Rooms from "./bench/Rooms.ts"
import * as Smoothing from "./bench/Smoothing.ts"
import * as Soak from "./bench/Soak.ts"
import * as Udp from "./bench/Udp.ts"
import * as Undisturbed from "./bench/Undisturbed.ts"

export const command = Command.make("bench").pipe(
  Command.withDescription("Measures hostless on this machine, with real processes."),
  Command.withSubcommands([
    Broker.command,
    Computing.command,
    Election.command,
    Failover.command,
    Lan.command,
    Raft.command,
    RaftFrames.command,
    Rooms.command,
    Smoothing.command,
    Soak.command,
    Udp.command,
    Undisturbed.command
  ])
)
