/**
 * `hostless play`: one node of a cluster, its page and its bots.
 */
import { Command, Options } from "@effect/cli"
import { Console, Effect, Layer, Option, Stream } from "effect"
import { spawn } from "node:child_process"
import { closeSync, openSync, writeSync } from "node:fs"
import * as BotsPlaying from "../layers/clients/BotsPlaying.ts"
import * as LanNode from "../layers/node/LanNode.ts"
import * as ProcessMetrics from "../layers/node/ProcessMetrics.ts"
import { mainRoom, type Profile } from "../protocol/Ids.ts"
import { NodeIdentity } from "../services/NodeIdentity.ts"
import { ProgramTimes } from "../services/ProgramTimes.ts"
import { Replica } from "../services/Replica.ts"
import * as BotProfiles from "./BotProfiles.ts"
import * as ExitCode from "./ExitCode.ts"
import * as LogFile from "./LogFile.ts"
import * as NodeOptions from "./NodeOptions.ts"
import * as NodeProgram from "./NodeProgram.ts"
import * as OptionChecks from "./OptionChecks.ts"

const botsMax = 16

const options = {
  ...NodeOptions.all,
  game: NodeOptions.game("play"),
  linkPort: OptionChecks.optional(
    OptionChecks.integer("link-port", 0, NodeOptions.portMax),
    "PORT",
    "the port that this node takes links on; by default 43234 (50010 over UDP), or any if that is taken; 0 takes any"
  ),
  transport: NodeOptions.transport("tcp"),
  bots: OptionChecks.integer("bots", 0, botsMax).pipe(
    Options.withPseudoName("N"),
    Options.withDescription(`players that the program plays at this node, up to ${botsMax}; by default none`),
    Options.withDefault(0)
  ),
  headless: Options.boolean("headless").pipe(
    Options.withDescription("opens no browser: nobody but bots plays here, unless somebody opens the page")
  ),
  botLog: OptionChecks.optional(
    Options.text("bot-log"),
    "FILE",
    "every bot's inputs and acknowledgements are appended here, as JSON lines"
  )
}

/** Opens the page where there is a browser to open it with; where there is none, its address was printed. */
const openBrowser = (page: string) =>
  Effect.sync(() => {
    const [command, ...args] = process.platform === "darwin"
      ? ["open", page]
      : process.platform === "win32"
      ? ["cmd", "/c", "start", "", page]
      : ["xdg-open", page]
    const child = spawn(command!, args, { stdio: "ignore", detached: true })
    child.on("error", () => {})
    child.unref()
  })

export const command = Command.make("play", options, (given) =>
  Effect.gen(function*() {
    const loadMs = performance.now()
    if (given.bots > 0 && given.game.bot === undefined) {
      return yield* new NodeProgram.StartError({ detail: `${given.game.name} has no bots: leave --bots out.` })
    }
    yield* NodeProgram.check(given, given.game)
    const own = yield* NodeProgram.ownAddress(given)
    const node = LanNode.layer({
      ...NodeOptions.layerOptions(given, { address: own.address, game: given.game }),
      transport: given.transport,
      linkPort: Option.getOrUndefined(given.linkPort)
    })
    yield* run(given).pipe(
      // The bots leave and their log is closed before the node ends.
      Effect.scoped,
      Effect.provide(Layer.merge(node, ProcessMetrics.layer)),
      Effect.provideService(ProgramTimes, { loadMs }),
      Effect.provide(yield* LogFile.layerOf(given.logFile))
    )
  }).pipe(Effect.catchAll(ExitCode.complain))).pipe(
    Command.withDescription("Plays a game with whoever plays it on this network.")
  )

const run = Effect.fnUntraced(
  function*(given: Pick<Command.Command.ParseConfig<typeof options>, "bots" | "headless" | "botLog">) {
    const record = Option.isSome(given.botLog) ? yield* openBotLog(given.botLog.value) : undefined
    const page = yield* NodeProgram.showPage
    if (!given.headless) yield* openBrowser(page)
    yield* NodeProgram.untilInterrupted(startBots(given.bots, record))
  }
)

/** A file of what bots sent and what was acknowledged to them, one JSON line each: what was written survives a kill. */
const openBotLog = (file: string) =>
  Effect.acquireRelease(
    Effect.try({
      try: () => openSync(file, "a"),
      catch: (error) => new NodeProgram.StartError({ detail: ExitCode.unwritable(file, error, "--bot-log") })
    }),
    (handle) => Effect.sync(() => closeSync(handle))
  ).pipe(
    Effect.map((handle) => (entry: BotsPlaying.BotRecord) => void writeSync(handle, `${JSON.stringify(entry)}\n`))
  )

/** Bots take their seats one after the other, so that each sees what the ones before it are called. */
const startBots = Effect.fnUntraced(function*(many: number, record: BotsPlaying.BotOptions["record"]) {
  const replica = yield* Replica
  const { peerId } = yield* NodeIdentity
  const mine: Array<Profile> = []
  for (let i = 0; i < many; i++) {
    // There is a room once there is a host.
    yield* Stream.runHead(replica.shown(mainRoom))
    const seats = (yield* replica.state(mainRoom))?.seats ?? []
    const profile = BotProfiles.choose(peerId, [...seats.map((seat) => seat.profile), ...mine])
    mine.push(profile)
    const bot = BotsPlaying.play({ room: mainRoom, profile, ...(record === undefined ? {} : { record }) })
    yield* Effect.forkScoped(
      Effect.catchAll(bot, (error) =>
        Console.error(
          `hostless: ${profile.name} does not play here: ${
            error._tag === "SeatError" && error.reason === "full" ? "all seats are taken" : "there is no seat to be had"
          }.`
        ))
    )
  }
})
