/** Runs a tree of commands as a program: its help, what it says of a command line that it cannot take, and how it ends. */
import { Command, ValidationError } from "@effect/cli"
import { NodeContext, NodeRuntime } from "@effect/platform-node"
import { Cause, Console, Effect, type Scope } from "effect"
import * as Help from "./Help.ts"
import * as Ink from "./Ink.ts"
import * as Logging from "./Logging.ts"

/** `program` is what people write before the names of its commands. */
export const run = <Name extends string, E, A>(
  root: Command.Command<Name, NodeContext.NodeContext | Scope.Scope, E, A>,
  program: string
): void => {
  const args = process.argv.slice(2)

  /** What the command line got wrong has been said by then; whatever else gets here was not foreseen. */
  const explain = (cause: Cause.Cause<unknown>): Effect.Effect<void> => {
    if (Cause.isInterruptedOnly(cause)) return Effect.void
    const error = Cause.squash(cause)
    return ValidationError.isValidationError(error)
      ? Console.error(Help.hint(root.descriptor, program, args))
      : Console.error(`hostless: this should not have happened, and is to be reported.\n${Cause.pretty(cause)}`)
  }

  const help = Help.asked(root.descriptor, program, args, Ink.ofOutput(), Math.min(process.stdout.columns ?? 100, 120))
  const asked = help === null ? Command.run(root, { name: program, version: "0.1.0" })(process.argv) : Console.log(help)

  asked.pipe(
    Effect.scoped,
    Effect.tapErrorCause(explain),
    Effect.provide(NodeContext.layer),
    Effect.provide(Logging.layer),
    NodeRuntime.runMain({ disableErrorReporting: true, disablePrettyLogger: true })
  )
}
