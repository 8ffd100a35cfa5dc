/** `hostless relay`: whatever one client sends, all others on its channel get. */
import { Command, Options } from "@effect/cli"
import { Config, Console, Effect } from "effect"
import * as EventRelayTcp from "../layers/eventrelay/EventRelayTcp.ts"
import { usualPorts } from "../protocol/Ports.ts"
import { EventRelay } from "../services/EventRelay.ts"
import * as ExitCode from "./ExitCode.ts"
import * as LogFile from "./LogFile.ts"
import * as NodeOptions from "./NodeOptions.ts"
import * as OptionChecks from "./OptionChecks.ts"

const options = {
  port: OptionChecks.integer("port", 0, NodeOptions.portMax).pipe(
    Options.withPseudoName("PORT"),
    Options.withDescription(`the TCP port, for WebSockets too; by default ${usualPorts.eventRelay}; 0 takes any`),
    Options.withDefault(usualPorts.eventRelay)
  ),
  host: Options.text("host").pipe(
    Options.withPseudoName("ADDRESS"),
    Options.withFallbackConfig(Config.nonEmptyString("GAME_IP")),
    Options.withDescription("the address on which clients are taken; by default GAME_IP, or else all of this machine"),
    Options.withDefault("0.0.0.0")
  ),
  channelLimit: OptionChecks.count("channel-limit", 2, 10_000, 256, "the most clients on a channel"),
  channels: OptionChecks.count("channels", 1, 100_000, 1_024, "the most channels"),
  connections: OptionChecks.count("connections", 1, 100_000, 4_096, "the most clients in all"),
  perAddress: OptionChecks.count("per-address", 1, 100_000, 1_024, "the most clients of one address"),
  rate: OptionChecks.count("rate", 1, 1_000, 30, "events of each kind a second that a sender may send at most"),
  origin: Options.repeated(Options.text("origin")).pipe(
    Options.withPseudoName("ORIGIN"),
    Options.withDescription("an origin whose pages may connect too, such as https://game.example; * allows all")
  ),
  logFile: NodeOptions.all.logFile
}

/** The first line of output tells where clients are taken. */
const serve = Effect.gen(function*() {
  const { place, standing } = yield* EventRelay
  yield* Console.log(`${place.address}:${place.port}`)
  const sum = Effect.flatMap(
    standing,
    ({ channels, clients, conflated, deliveries, events, refused }) =>
      Effect.logInfo("so far").pipe(
        Effect.annotateLogs({ clients, channels: channels.length, events, deliveries, conflated, ...refused })
      )
  )
  return yield* Effect.never.pipe(Effect.ensuring(sum))
})

export const command = Command.make("relay", options, (given) =>
  Effect.gen(function*() {
    const log = yield* LogFile.layerOf(given.logFile)
    const relay = EventRelayTcp.layer({
      host: given.host,
      port: given.port,
      connectionsMax: given.connections,
      perAddressMax: given.perAddress,
      origins: given.origin,
      channels: { channelClientsMax: given.channelLimit, channelsMax: given.channels, perSecondMax: given.rate }
    })
    yield* serve.pipe(Effect.provide(relay), Effect.provide(log))
  }).pipe(
    Effect.catchAll(ExitCode.complainOf({ "EventRelayError:port": "--port", "EventRelayError:address": "--host" }))
  )).pipe(Command.withDescription("Hands each client's events on to all others on its channel."))
