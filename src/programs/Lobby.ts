/**
 * `hostless lobby`: with a broker there is no mesh to meet in, so somebody hands out places: ids, rooms, sides and starting
 * coordinates, and tells everybody the whole list (row C3 of the features). With `--as NAME` it is in such a lobby, and prints
 * what it is told.
 */
import { Command, Options } from "@effect/cli"
import { Console, Effect, Option, Stream } from "effect"
import * as BrokerTransport from "../layers/broker/BrokerTransport.ts"
import * as Lobby from "../layers/broker/Lobby.ts"
import type { LobbyMember } from "../protocol/Lobby.ts"
import * as ExitCode from "./ExitCode.ts"
import * as Ink from "./Ink.ts"
import * as NodeOptions from "./NodeOptions.ts"
import * as NodeProgram from "./NodeProgram.ts"
import * as OptionChecks from "./OptionChecks.ts"
import * as Table from "./Table.ts"

const options = {
  cluster: NodeOptions.cluster,
  transport: NodeOptions.transport("tcp"),
  seats: OptionChecks.count("seats", 1, 16, 4, "how many play in a room"),
  as: OptionChecks.optional(OptionChecks.name("as"), "NAME", "is in the lobby under this name instead of running it"),
  json: Options.boolean("json").pipe(Options.withDescription("prints each list as a line of JSON; with --as always"))
}

const describe = (members: ReadonlyArray<LobbyMember>, ink: Ink.Ink): string =>
  members.length === 0
    ? "Nobody is here."
    : Table.format<LobbyMember>(
      [
        { title: "id", cell: ({ place }) => `${place.id}`, align: "right" },
        { title: "name", cell: ({ name }) => name, ink: () => ink.bold },
        { title: "room", cell: ({ place }) => place.room },
        { title: "side", cell: ({ place }) => place.side },
        { title: "begins at", cell: ({ place }) => `${place.x.toFixed(2)}, ${place.y.toFixed(2)}` }
      ],
      members,
      ink
    ).join("\n")

export const command = Command.make("lobby", options, (given) =>
  Effect.gen(function*() {
    const { as, cluster, json, seats, transport } = given
    if (typeof transport !== "object") {
      return yield* new NodeProgram.StartError({
        detail: "A lobby is for nodes that meet through a broker: name it with --transport or GAME_TRANSPORT. "
          + "Others find each other by themselves."
      })
    }
    const written = (value: unknown) => Console.log(JSON.stringify(value))
    const told = Option.isSome(as)
      ? Effect.flatMap(Lobby.join({ cluster, name: as.value }), (told) => Stream.runForEach(told, written))
      : Effect.flatMap(
        Lobby.run({ cluster, seats }),
        (lists) =>
          Stream.runForEach(lists, (list) => json ? written(list) : Console.log(describe(list, Ink.ofOutput())))
      )
    yield* Effect.scoped(told).pipe(Effect.provide(BrokerTransport.layer(transport)))
  }).pipe(Effect.catchAll(ExitCode.complain))).pipe(
    Command.withDescription("Hands out places to players who meet through a broker, and tells all who is there.")
  )
