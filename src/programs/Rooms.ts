/** `hostless rooms`: the rooms of a cluster of servers. */
import { Command, Options } from "@effect/cli"
import { Console, Duration, Effect, Option, Stream } from "effect"
import type { RoomSummary } from "../protocol/Session.ts"
import { CurrentGame } from "../services/CurrentGame.ts"
import { GameClient } from "../services/GameClient.ts"
import * as AtServers from "./AtServers.ts"
import * as ExitCode from "./ExitCode.ts"
import * as Ink from "./Ink.ts"
import * as List from "./List.ts"
import * as NodeProgram from "./NodeProgram.ts"
import * as RoomSet from "./RoomSet.ts"
import * as Table from "./Table.ts"

/** Servers answer at once, and are asked again and again. */
const answerWithinMs = 5_000

const options = {
  ...AtServers.options,
  json: Options.boolean("json").pipe(Options.withDescription("prints a JSON array"))
}

type Given = Command.Command.ParseConfig<typeof options>

/** The rooms as a server knows them that follows a host, and what is played in them. */
const find = (given: Given) =>
  Effect.gen(function*() {
    const { cluster } = yield* GameClient
    const { name } = yield* CurrentGame
    const known = yield* Stream.runHead(Stream.filter(cluster, ({ host }) => host !== null))
    return { game: name, rooms: Option.match(known, { onNone: () => [], onSome: ({ rooms }) => rooms }) }
  }).pipe(
    Effect.provide(AtServers.client(given)),
    Effect.timeoutFail({
      duration: Duration.millis(answerWithinMs),
      onTimeout: () =>
        new NodeProgram.StartError({
          detail: `No server of ${given.cluster} has answered in ${answerWithinMs / 1_000} s. ${AtServers.advice}`
        })
    })
  )

const stateOf = ({ players, seatsMax, stage }: RoomSummary): string =>
  stage !== null && stage !== "lobby" && stage !== "over" ? stage : players < seatsMax ? "open" : "full"

const describe = (game: string, cluster: string, rooms: ReadonlyArray<RoomSummary>, ink: Ink.Ink): string => {
  const join = `hostless join${cluster === "lan" ? "" : ` --cluster ${List.quoted(cluster)}`}`
  if (rooms.length === 0) return `No room of ${game} is open. "${join}" opens one.`
  return Table.format<RoomSummary>(
    [
      { title: "room", cell: ({ room }) => room, ink: () => ink.bold },
      { title: "players", cell: ({ players, seatsMax }) => `${players} of ${seatsMax}`, align: "right" },
      { title: "state", cell: stateOf, ink: (room) => stateOf(room) === "open" ? ink.good : ink.quiet },
      { title: "opened with", cell: ({ options }) => RoomSet.written(options ?? {}) },
      { title: "to join", cell: ({ room }) => `${join} --room ${room}` }
    ],
    rooms,
    ink
  ).join("\n")
}

export const command = Command.make("rooms", options, (given) =>
  find(given).pipe(
    Effect.flatMap(({ game, rooms }) =>
      Console.log(
        given.json ? JSON.stringify(rooms, null, 2) : describe(game, given.cluster, rooms, Ink.ofOutput())
      )
    ),
    Effect.catchAll(ExitCode.complain)
  )).pipe(Command.withDescription("Lists the rooms of a cluster of servers."))
