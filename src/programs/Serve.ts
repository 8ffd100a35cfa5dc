/**
 * `hostless serve`: one server of a cluster, for players who are no nodes themselves. Servers are linked over UDP and find
 * each other by broadcast, or do both through a broker, and elect one of themselves to run all rooms.
 */
import { Command, Options } from "@effect/cli"
import { Console, Effect, Layer, Option } from "effect"
import { games } from "../games/index.ts"
import * as LanNode from "../layers/node/LanNode.ts"
import * as ProcessMetrics from "../layers/node/ProcessMetrics.ts"
import { ClientGateway } from "../services/ClientGateway.ts"
import { PeerLinks } from "../services/PeerLinks.ts"
import { ProgramTimes } from "../services/ProgramTimes.ts"
import * as ExitCode from "./ExitCode.ts"
import * as LogFile from "./LogFile.ts"
import * as NodeOptions from "./NodeOptions.ts"
import * as NodeProgram from "./NodeProgram.ts"
import * as OptionChecks from "./OptionChecks.ts"

const options = {
  ...NodeOptions.all,
  game: Options.choice("game", Object.keys(games)).pipe(
    Options.withDescription("what is played; by default pong"),
    Options.withDefault("pong")
  ),
  transport: NodeOptions.transport("udp"),
  controlPort: OptionChecks.optional(
    OptionChecks.integer("control-port", 0, NodeOptions.portMax),
    "PORT",
    "the port for the other servers; by default 50010 (43234 over TCP), or any if that is taken; 0 takes any"
  ),
  clientPort: OptionChecks.optional(
    OptionChecks.integer("client-port", 0, NodeOptions.portMax),
    "PORT",
    "the UDP port for players' programs; by default 50020, or any if that is taken; 0 takes any"
  )
}

export const command = Command.make("serve", options, (given) =>
  Effect.gen(function*() {
    const loadMs = performance.now()
    const game = games[given.game]!
    yield* NodeProgram.check(given, game)
    const { address } = yield* NodeProgram.ownAddress(given)
    const server = LanNode.serverLayer({
      ...NodeOptions.layerOptions(given, { address, game }),
      transport: given.transport,
      linkPort: Option.getOrUndefined(given.controlPort),
      clientPort: Option.getOrUndefined(given.clientPort)
    })
    yield* NodeProgram.untilInterrupted(announce).pipe(
      Effect.provide(Layer.merge(server, ProcessMetrics.layer)),
      Effect.provideService(ProgramTimes, { loadMs }),
      Effect.provide(yield* LogFile.layerOf(given.logFile))
    )
  }).pipe(Effect.catchAll(ExitCode.complainOf({ "LinkError:port": "--control-port" })))).pipe(
    Command.withDescription("Runs one server of a cluster, which players join from their own machines.")
  )

const announce = Effect.gen(function*() {
  yield* NodeProgram.showPage
  const { place: control } = yield* PeerLinks
  const { place: clients } = yield* ClientGateway
  yield* Console.log(`servers: ${control.address}:${control.port}  players: ${clients.address}:${clients.port}`)
})
