/**
 * `hostless play`: one node of a cluster, its page and its bots.
 */
import { Args, Command, HelpDoc, Options } from "@effect/cli"
import { FileSystem } from "@effect/platform"
import { Config, Console, Data, Effect, Layer, Option, Stream } from "effect"
import { spawn } from "node:child_process"
import type { AnyGame } from "../games/Game.ts"
import { games } from "../games/index.ts"
import * as BotsPlaying from "../layers/BotsPlaying.ts"
import { mainRoom } from "../layers/GameServerSequencing.ts"
import * as LanNode from "../layers/LanNode.ts"
import * as ProcessMetrics from "../layers/ProcessMetrics.ts"
import type { Profile } from "../protocol/Ids.ts"
import { Election } from "../services/Election.ts"
import { GameServer } from "../services/GameServer.ts"
import { NodeIdentity } from "../services/NodeIdentity.ts"
import { ProgramTimes } from "../services/ProgramTimes.ts"
import { Replica } from "../services/Replica.ts"
import { WebGateway } from "../services/WebGateway.ts"
import * as BotLog from "./BotLog.ts"
import * as BotProfiles from "./BotProfiles.ts"
import * as ExitCode from "./ExitCode.ts"
import * as OptionChecks from "./OptionChecks.ts"
import * as OwnAddress from "./OwnAddress.ts"

/** What was asked for cannot be had. `detail` says why, and what to do. */
export class PlayError extends Data.TaggedError("PlayError")<{ readonly detail: string }> {}

const botsMax = 16
const portMax = 65_535

const optional = <A>(option: Options.Options<A>, placeholder: string, description: string) =>
  option.pipe(Options.withPseudoName(placeholder), Options.withDescription(description), Options.optional)

const options = {
  game: Args.text({ name: "game" }).pipe(
    Args.withDescription(`what to play: ${Object.keys(games).join(", ")}`),
    Args.optional,
    Args.mapEffect((name): Effect.Effect<AnyGame, HelpDoc.HelpDoc> => {
      const game = Option.isSome(name) && Object.hasOwn(games, name.value) ? games[name.value] : undefined
      if (game !== undefined) return Effect.succeed(game)
      const what = Option.isSome(name) ? `There is no game ${JSON.stringify(name.value.slice(0, 60))}.` : "Play what?"
      return Effect.fail(HelpDoc.p(
        `${what} Say "hostless play" and one of these: ${Object.keys(games).join(", ")}.`
      ))
    })
  ),
  name: optional(OptionChecks.name("name"), "NAME", "what others call this node; by default the machine's name"),
  cluster: OptionChecks.name("cluster").pipe(
    Options.withPseudoName("NAME"),
    Options.withDescription("nodes with the same cluster name and game play together; by default lan"),
    Options.withDefault("lan")
  ),
  ip: Options.text("ip").pipe(
    Options.withPseudoName("IP"),
    Options.withDescription(
      "this node's address, or GAME_IP; by default the one that the default route uses; 127.x.y.z for play on one machine"
    ),
    Options.withFallbackConfig(Config.string("GAME_IP")),
    Options.optional
  ),
  httpPort: optional(
    OptionChecks.integer("http-port", 0, portMax),
    "PORT",
    "the page's port; by default the first free one from 8080; 0 takes any"
  ),
  discoveryPort: OptionChecks.integer("discovery-port", 1, portMax).pipe(
    Options.withPseudoName("PORT"),
    Options.withDescription("the UDP port that nodes call each other on, the same for all; by default 50000"),
    Options.withDefault(50_000)
  ),
  linkPort: optional(
    OptionChecks.integer("link-port", 0, portMax),
    "PORT",
    "the TCP port that this node takes links on; by default 43234, or any if that is taken; 0 takes any"
  ),
  peer: OptionChecks.places("peer").pipe(
    Options.withPseudoName("HOST:PORT"),
    Options.withDescription("a node that broadcast does not reach, and its link port; may be repeated")
  ),
  dataDir: optional(
    Options.text("data-dir"),
    "DIR",
    "keeps this node's id and accepted reign here, so that it returns as the same node"
  ),
  bots: OptionChecks.integer("bots", 0, botsMax).pipe(
    Options.withPseudoName("N"),
    Options.withDescription(`players that the program plays at this node, up to ${botsMax}; by default none`),
    Options.withDefault(0)
  ),
  headless: Options.boolean("headless").pipe(
    Options.withDescription("opens no browser: nobody but bots plays here, unless somebody opens the page")
  ),
  share: Options.boolean("share").pipe(
    Options.withDescription("lets other machines and phones open this node's page, and shows a QR code of its address")
  ),
  noPreempt: Options.boolean("no-preempt").pipe(
    Options.withDescription("leaves a host in place although this node has a higher id")
  ),
  quorum: Options.boolean("quorum").pipe(
    Options.withDescription("a host needs a majority of the last reign's members; the same for all nodes of a cluster")
  ),
  wire: Options.choice("wire", ["msgpack", "json"]).pipe(
    Options.withDescription("how this node writes frames, msgpack by default; json is readable for who debugs"),
    Options.withDefault("msgpack" as const)
  ),
  scene: optional(Options.text("scene"), "FILE", "a scene module, for a game of your own"),
  botLog: optional(
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

/** Prints a code that phones can scan. */
const printCode = (page: string) =>
  Effect.gen(function*() {
    const { default: qrcode } = yield* Effect.promise(() => import("qrcode"))
    yield* Console.log(yield* Effect.promise(() => qrcode.toString(page, { type: "terminal", small: true })))
    yield* Console.log(`Phones and other machines: ${page}`)
  })

export const command = Command.make("play", options, (given) =>
  Effect.gen(function*() {
    const loadMs = performance.now()
    yield* checkGame(given.game, given.bots, given.scene)
    const own = yield* OwnAddress.find(Option.getOrUndefined(given.ip))
    if (own.alone) yield* Console.error("No network was found: this node plays alone, on this machine only.")
    const node = LanNode.layer({
      game: given.game,
      name: Option.getOrUndefined(given.name),
      cluster: given.cluster,
      address: own.address,
      httpPort: Option.getOrUndefined(given.httpPort),
      discoveryPort: given.discoveryPort,
      linkPort: Option.getOrUndefined(given.linkPort),
      peers: given.peer,
      dataDir: Option.getOrUndefined(given.dataDir),
      share: given.share,
      preempt: !given.noPreempt,
      quorum: given.quorum,
      format: given.wire,
      scene: Option.getOrUndefined(given.scene)
    })
    yield* run(given).pipe(
      // The bots leave and their log is closed before the node ends.
      Effect.scoped,
      Effect.provide(Layer.merge(node, ProcessMetrics.layer)),
      Effect.provideService(ProgramTimes, { loadMs })
    )
  }).pipe(Effect.catchAll(ExitCode.complain))).pipe(
    Command.withDescription("Plays a game with whoever plays it on this network.")
  )

/** What can be told before anything is started. */
const checkGame = Effect.fnUntraced(function*(game: AnyGame, bots: number, scene: Option.Option<string>) {
  if (bots > 0 && game.bot === undefined) {
    return yield* new PlayError({ detail: `${game.name} has no bots: leave --bots out.` })
  }
  if (Option.isNone(scene)) return
  const files = yield* FileSystem.FileSystem
  const info = yield* Effect.option(files.stat(scene.value))
  if (Option.isNone(info) || info.value.type !== "File") {
    return yield* new PlayError({ detail: `There is no scene module ${scene.value}: name its file with --scene.` })
  }
})

const run = Effect.fnUntraced(function*(
  given: {
    readonly bots: number
    readonly headless: boolean
    readonly botLog: Option.Option<string>
  }
) {
  const gateway = yield* WebGateway
  const record = Option.isSome(given.botLog) ? yield* openBotLog(given.botLog.value) : undefined
  yield* Console.log(gateway.page)
  if (gateway.sharedPage !== null) yield* printCode(gateway.sharedPage)
  if (!given.headless) yield* openBrowser(gateway.page)
  yield* startBots(given.bots, record).pipe(
    Effect.zipRight(Effect.never),
    Effect.onInterrupt(() => sayHandover)
  )
})

const openBotLog = (file: string) =>
  Effect.catchAllDefect(BotLog.open(file), (defect) =>
    new PlayError({
      detail: `${file} cannot be written (${defect instanceof Error ? defect.message : String(defect)}). `
        + "Name another file with --bot-log."
    }))

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

/** For who waits at a terminal. */
const sayHandover = Effect.gen(function*() {
  const { role } = yield* (yield* Election).standing
  const followers = yield* (yield* GameServer).followers
  if (process.stderr.isTTY && role === "host" && followers.length > 0) {
    yield* Console.error("\nHanding the game over. Ctrl-C again leaves at once.")
  }
})
