/**
 * `hostless join`: a player of a cluster of servers, who is no node: at a terminal, by a bot, or without a screen.
 */
import { Command, Options } from "@effect/cli"
import { Console, Effect, Layer, Option, Schema, Stream } from "effect"
import { hostname } from "node:os"
import * as Match from "../core/Match.ts"
import * as BotsPlaying from "../layers/clients/BotsPlaying.ts"
import { mainRoom, type Profile, RoomId } from "../protocol/Ids.ts"
import type { RoomOptions } from "../protocol/Match.ts"
import { CurrentGame } from "../services/CurrentGame.ts"
import { GameClient } from "../services/GameClient.ts"
import * as AtServers from "./AtServers.ts"
import * as BotProfiles from "./BotProfiles.ts"
import * as ExitCode from "./ExitCode.ts"
import * as LogFile from "./LogFile.ts"
import * as NodeOptions from "./NodeOptions.ts"
import * as NodeProgram from "./NodeProgram.ts"
import * as OptionChecks from "./OptionChecks.ts"
import * as RoomSet from "./RoomSet.ts"
import * as Terminal from "./terminal/Terminal.ts"
import * as TerminalPlay from "./terminal/TerminalPlay.ts"
import { sceneOf } from "./terminal/TerminalScene.ts"

/** After so long without a server it is said what can be done, in milliseconds. */
const adviseAfterMs = 5_000

const isRoom = Schema.is(RoomId)

const options = {
  name: OptionChecks.optional(
    OptionChecks.playerName("name"),
    "NAME",
    "what others call you; by default the machine's name"
  ),
  color: OptionChecks.optional(
    OptionChecks.parsed("color", "a colour like #4a63d8", (text) => /^#[0-9a-f]{6}$/.test(text) ? text : null),
    "#RRGGBB",
    "your colour; by default one that nobody has"
  ),
  cluster: AtServers.options.cluster,
  room: OptionChecks.parsed(
    "room",
    "1 to 32 small letters, digits and -",
    (text) => isRoom(text) ? text : null
  ).pipe(
    Options.withPseudoName("ROOM"),
    Options.withDescription("the room to play in, which is opened if it is not there; by default main"),
    Options.withDefault(mainRoom)
  ),
  set: RoomSet.set,
  ui: Options.choice("ui", ["terminal", "bot", "none"]).pipe(
    Options.withDescription(
      "terminal: you play here; bot: the program plays; none: a seat that is ready and does nothing, told as JSON lines"
    ),
    Options.withDefault("terminal" as const)
  ),
  ip: AtServers.options.ip,
  discoveryPort: AtServers.options.discoveryPort,
  peer: AtServers.options.peer,
  logFile: NodeOptions.all.logFile
}

type Given = Command.Command.ParseConfig<typeof options>

export const command = Command.make("join", options, (given) =>
  Effect.gen(function*() {
    if (given.ui === "terminal" && !Terminal.isThere()) {
      const detail = "There is no terminal to play at. Run this in one, or add --ui bot or --ui none."
      return yield* new NodeProgram.StartError({ detail })
    }
    yield* play(given).pipe(
      Effect.scoped,
      Effect.provide(whileLooking(given)),
      Effect.provide(yield* LogFile.layerOf(given.logFile))
    )
  }).pipe(Effect.catchAll(ExitCode.complain))).pipe(
    Command.withDescription("Plays in a room of a cluster of servers, without being a node of it.")
  )

/** Tells who waits for what, and what to do where it takes long. */
const whileLooking = (given: Given) =>
  Layer.unwrapScoped(Effect.gen(function*() {
    yield* Console.error(`Looking for servers of ${given.cluster}…`)
    const advice = Effect.zipRight(
      Effect.sleep(adviseAfterMs),
      Console.error(`None has answered yet. ${AtServers.advice}`)
    )
    const client = Layer.build(AtServers.client(given))
    const context = yield* Effect.raceFirst(client, Effect.zipRight(advice, Effect.never))
    return Layer.succeedContext(context)
  }))

const play = Effect.fnUntraced(function*(given: Given) {
  const game = yield* CurrentGame
  const { room, set } = given
  const opened = yield* RoomSet.check(game, set)
  if (opened !== null) yield* open(room, opened)
  const profile = yield* profileOf(given)
  switch (given.ui) {
    case "terminal": {
      const scene = sceneOf(game)
      if (scene === null) {
        const detail = `${game.name} cannot be drawn in a terminal: open a server's page instead, or add --ui bot.`
        return yield* new NodeProgram.StartError({ detail })
      }
      return yield* TerminalPlay.play({ room, profile, scene })
    }
    case "bot":
      return yield* BotsPlaying.play({ room, profile }).pipe(Effect.mapError(startError))
    case "none":
      return yield* sit(room, profile).pipe(Effect.mapError(startError))
  }
})

/** Opens a room, or finds it open as it is wanted. */
const open = Effect.fnUntraced(function*(room: RoomId, wanted: RoomOptions) {
  const client = yield* GameClient
  yield* client.open(room, wanted)
  const found = yield* Stream.runHead(Stream.filterMap(
    client.cluster,
    ({ rooms }) => Option.fromNullable(rooms.find((known) => known.room === room))
  ))
  const options = Option.match(found, { onNone: () => wanted, onSome: ({ options }) => options ?? {} })
  if (Object.entries(wanted).some(([name, value]) => options[name] !== value)) {
    const detail = `Room ${room} is open already, with ${RoomSet.written(options)}: name another with --room, or ` +
      "leave --set out."
    return yield* new NodeProgram.StartError({ detail })
  }
})

const startError = (error: BotsPlaying.NoBotError | { readonly _tag: "SeatError"; readonly reason: string }) =>
  new NodeProgram.StartError({
    detail: error._tag === "NoBotError"
      ? `${error.game} has no bots: leave --ui bot out.`
      : error.reason === "full"
      ? "All seats of this room are taken: name another room with --room."
      : error.reason === "started"
      ? "A match is being played in this room: wait for its end, or name another room with --room."
      : `There is no seat to be had (${error.reason}).`
  })

/** The name that was asked for, in a colour that nobody in the room has. */
const profileOf = Effect.fnUntraced(function*({ color, name, room, ui }: Given) {
  const client = yield* GameClient
  const found = yield* Effect.timeoutOption(Stream.runHead(client.watch(room)), 1_000)
  const beside = Option.match(Option.flatten(found), {
    onNone: () => [],
    onSome: ({ view }) => Object.values(view.seats).map((seat) => seat.profile)
  })
  const chosen = BotProfiles.choose(yield* BotsPlaying.freshToken, beside)
  const machine = hostname()
  const own = ui === "bot" || !OptionChecks.isPlayerName(machine) ? chosen.name : machine
  return {
    name: Option.getOrElse(name, () => own),
    color: Option.getOrElse(color, () => chosen.color)
  } satisfies Profile
})

/** A seat without a player: ready for every match, and what it sees is told, one JSON line for each change. */
const sit = Effect.fnUntraced(function*(room: RoomId, profile: Profile) {
  const client = yield* GameClient
  const winnerOf = sceneOf(yield* CurrentGame)?.description.winner
  const held = yield* client.take(room, { token: yield* BotsPlaying.freshToken, profile })
  yield* Effect.addFinalizer(() => held.leave)
  let told = ""
  const tell = (what: object) =>
    Effect.suspend(() => {
      const text = JSON.stringify(what)
      if (text === told) return Effect.void
      told = text
      return Console.log(JSON.stringify({ atMs: performance.timeOrigin + performance.now(), ...what }))
    })
  yield* Stream.runForEach(client.watch(room), (shown) =>
    Effect.gen(function*() {
      const { match } = shown.view
      const seat = held.within(shown)
      const winner = match?.stage === "over" ? winnerOf?.(shown.view.game) ?? null : null
      yield* tell({ epoch: shown.epoch, seat, stage: match?.stage ?? null, round: match?.round ?? null, winner })
      const due = match === null || seat === null ? null : Match.due(match, seat, true)
      if (due !== null) yield* held.act(due.act, due.ballot)
    }))
})
