/** `hostless demo relay`: what the event relay and the smoothing do, to be seen and turned by hand. */
import { Command, Options } from "@effect/cli"
import { Config, Console, Effect, Option } from "effect"
import * as EventRelayTcp from "../layers/eventrelay/EventRelayTcp.ts"
import * as RelayDemoPage from "../layers/eventrelay/RelayDemoPage.ts"
import { EventRelay } from "../services/EventRelay.ts"
import * as ExitCode from "./ExitCode.ts"
import * as NodeOptions from "./NodeOptions.ts"
import * as OptionChecks from "./OptionChecks.ts"

const options = {
  httpPort: OptionChecks.integer("http-port", 0, NodeOptions.portMax).pipe(
    Options.withPseudoName("PORT"),
    Options.withDescription("the page's port; by default any"),
    Options.withDefault(0)
  )
}

/** Loopback, whatever GAME_IP says, unless that is loopback too. */
const loopback = Effect.map(
  Effect.option(Config.nonEmptyString("GAME_IP")),
  (ip) => Option.getOrElse(Option.filter(ip, (address) => address.startsWith("127.")), () => "127.0.0.1")
)

const serve = (host: string, httpPort: number) =>
  Effect.gen(function*() {
    const { place } = yield* EventRelay
    const page = yield* RelayDemoPage.serve(host, httpPort)
    yield* Console.log(`${page}?relay=ws://${place.address}:${place.port}/`)
    return yield* Effect.never
  })

const relay = Command.make("relay", options, ({ httpPort }) =>
  Effect.gen(function*() {
    const host = yield* loopback
    yield* Effect.scoped(serve(host, httpPort)).pipe(Effect.provide(EventRelayTcp.layer({ host, port: 0 })))
  }).pipe(Effect.catchAll(ExitCode.complainOf({ "EventRelayError:port": "--http-port" })))).pipe(
    Command.withDescription("Serves a page of circles that go through a relay, with lag, jitter and loss to turn.")
  )

export const command = Command.make("demo").pipe(
  Command.withDescription("Shows what can be seen only in motion."),
  Command.withSubcommands([relay])
)
