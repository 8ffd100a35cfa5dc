/**
 * `bench/run.js maelstrom`: a node that the Maelstrom workbench starts, talks to by standard input and output, and tests.
 */
import { Command, Options } from "@effect/cli"
import { NodeStream } from "@effect/platform-node"
import { Console, Data, Effect } from "effect"
import * as ExitCode from "../src/programs/ExitCode.ts"
import * as OptionChecks from "../src/programs/OptionChecks.ts"
import * as MaelstromNode from "./maelstrom/MaelstromNode.ts"
import { defaults } from "./maelstrom/Member.ts"

class InputError extends Data.TaggedError("InputError")<{ readonly detail: string }> {}

const options = {
  tickMs: OptionChecks.integer("tick-ms", 5, 10_000).pipe(
    Options.withPseudoName("MS"),
    Options.withDescription(
      `a leader that is silent for 10 to 20 ticks is replaced: more where the network is slow; by default ${defaults.tickMs}`
    ),
    Options.withDefault(defaults.tickMs)
  ),
  timeoutMs: OptionChecks.integer("timeout-ms", 10, 600_000).pipe(
    Options.withPseudoName("MS"),
    Options.withDescription(`how long a request waits for the other nodes; by default ${defaults.timeoutMs}`),
    Options.withDefault(defaults.timeoutMs)
  )
}

/** Ends when nobody reads what the node says any more. */
const unheard: Effect.Effect<void> = Effect.async((resume) => {
  process.stdout.on("error", () => resume(Effect.void))
})

/** To whoever types: the workbench has no terminal. */
const introduction = Effect.suspend(() =>
  process.stdin.isTTY
    ? Console.error(
      "This is a node for the Maelstrom workbench, which talks to it by lines of JSON:\n"
        + "maelstrom test -w lin-kv --bin bench/run.js -- maelstrom. Ctrl-D ends it."
    )
    : Effect.void
)

const lines: MaelstromNode.Lines<InputError> = {
  input: NodeStream.fromReadable(
    () => process.stdin,
    (cause) => new InputError({ detail: `Standard input cannot be read: ${cause}.` })
  ),
  write: (line) => void process.stdout.write(`${line}\n`),
  waitingBytes: () => process.stdout.writableLength
}

export const command = Command.make(
  "maelstrom",
  options,
  (given) =>
    Effect.zipRight(introduction, Effect.raceFirst(MaelstromNode.run(lines, given), unheard)).pipe(
      Effect.catchAll(ExitCode.complain)
    )
).pipe(
  Command.withDescription(
    "A node of a linearizable key-value store, to be tested by Maelstrom (workload lin-kv) over standard input and output."
  )
)
