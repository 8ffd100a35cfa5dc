/** `hostless bench`: figures, with the commands that make them. */
import { Command } from "@effect/cli"
import * as Failover from "./bench/Failover.ts"
import * as Lan from "./bench/Lan.ts"
import * as Soak from "./bench/Soak.ts"
import * as Undisturbed from "./bench/Undisturbed.ts"

export const command = Command.make("bench").pipe(
  Command.withDescription("Measures hostless on this machine, with real processes."),
  Command.withSubcommands([
    Failover.command,
    Lan.command,
    Soak.command,
    Undisturbed.command
  ])
)
