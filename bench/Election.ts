/**
 * `npm run bench -- election`: bully and Raft side by side, on whatever may befall a host: how long nodes are without one, how
 * often another takes over, and what it costs in messages.
 */
import { Command, Options } from "@effect/cli"
import { Console, Effect } from "effect"
import type { ElectionBy } from "../src/layers/engine/Engine.ts"
import * as Figures from "../src/programs/bench/Figures.ts"
import * as ExitCode from "../src/programs/ExitCode.ts"
import * as OptionChecks from "../src/programs/OptionChecks.ts"
import * as Outcome from "./election/Outcome.ts"
import * as Processes from "./election/Processes.ts"
import * as Virtual from "./election/Virtual.ts"

const elections: ReadonlyArray<ElectionBy> = ["bully", "raft"]
const scenarios = ["kill", "silence", "partial partition", "flapping"] as const
type Scenario = (typeof scenarios)[number]

/** As they are written on a command line. */
const names: Readonly<Record<string, Scenario>> = Object.fromEntries(
  scenarios.map((scenario) => [scenario.replace(" ", "-"), scenario])
)

const parseScenarios = (text: string): ReadonlyArray<Scenario> | null => {
  const chosen = text.split(",").map((name) => Object.hasOwn(names, name) ? names[name]! : null)
  return chosen.every((scenario) => scenario !== null) ? scenarios.filter((one) => chosen.includes(one)) : null
}

const options = {
  nodes: OptionChecks.nodes(3),
  rounds: OptionChecks.count("rounds", 1, 10_000, 5, "how often each scenario is played"),
  scenarios: OptionChecks.parsed("scenarios", `some of ${Object.keys(names).join(",")}`, parseScenarios).pipe(
    Options.withPseudoName("LIST"),
    Options.withDescription(
      "what befalls the host: kill (SIGKILL) and silence (SIGSTOP) of real processes; partial-partition (it reaches half "
        + "of the others) and flapping (its cable has a bad contact) on a virtual LAN; by default all"
    ),
    Options.withDefault(scenarios as ReadonlyArray<Scenario>)
  ),
  json: Options.boolean("json").pipe(Options.withDescription("prints the report as JSON"))
}

export const command = Command.make(
  "election",
  options,
  ({ json, nodes, rounds, scenarios }) =>
    Effect.gen(function*() {
      const total = scenarios.length * elections.length * rounds
      let done = 0
      const progress = (note: string): void => Figures.progress(++done, total, note)
      const outcomes: Array<Outcome.Outcome> = []
      for (const scenario of scenarios) {
        for (const election of elections) {
          const given = { election, nodes, rounds, progress }
          outcomes.push(
            scenario === "kill" || scenario === "silence"
              ? yield* Effect.scoped(Processes.run({ ...given, scenario }))
              : yield* Effect.sync(() => Virtual.run({ ...given, scenario }))
          )
        }
      }
      yield* Console.log(json ? JSON.stringify({ nodes, outcomes }, null, 2) : Outcome.describe(nodes, outcomes))
      if (outcomes.some(({ broken }) => broken.length > 0)) yield* ExitCode.failed
    }).pipe(Effect.catchTag("BenchError", ExitCode.complain))
).pipe(
  Command.withDescription("Compares the ways to elect a host, bully and Raft, by what may befall one.")
)
