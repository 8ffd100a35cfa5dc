/**
 * `npm run bench -- broker-failover`: what `hostless bench failover` measures, where nodes are linked by a broker that runs
 * as long as this.
 */
import { Command, Options } from "@effect/cli"
import { Effect } from "effect"
import * as Failover from "../src/programs/bench/Failover.ts"
import * as ExitCode from "../src/programs/ExitCode.ts"
import * as NatsServer from "./broker/NatsServer.ts"
import * as RabbitServer from "./broker/RabbitServer.ts"

const options = {
  ...Failover.rounds,
  server: Options.choice("server", ["nats", "rabbitmq"]).pipe(
    Options.withDescription("the broker; by default nats"),
    Options.withDefault("nats" as const)
  )
}

export const command = Command.make("broker-failover", options, (given) =>
  Effect.flatMap(
    given.server === "nats" ? NatsServer.make() : RabbitServer.make,
    ({ product, url }) => Failover.inMesh(given, { name: product, env: { GAME_TRANSPORT: url } })
  ).pipe(
    Effect.scoped,
    Effect.catchTag("BenchError", ExitCode.complain)
  )).pipe(
    Command.withDescription(
      "Measures how long play over a broker stands still when the host goes, and what is lost by it."
    )
  )
