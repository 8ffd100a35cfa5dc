/**
 * `hostless play`: one node of a cluster, its page and its bots.
 */
import { Args, Command, Options } from "@effect/cli"
import { Config, Console, Effect, Fiber, Option, Stream } from "effect"
import { spawn } from "node:child_process"
import type { AnyGame } from "../games/Game.ts"
import { games } from "../games/index.ts"
import * as BotsPlaying from "../layers/BotsPlaying.ts"
import { mainRoom } from "../layers/GameServerSequencing.ts"
import { Election } from "../services/Election.ts"
import { GameClient } from "../services/GameClient.ts"
import { GameServer } from "../services/GameServer.ts"
import { ProgramTimes } from "../services/ProgramTimes.ts"
import { WebGateway } from "../services/WebGateway.ts"
import * as BotLog from "./BotLog.ts"
import * as Node from "./Node.ts"
import * as OwnAddress from "./OwnAddress.ts"

const optionalText = (name: string, description: string) =>
  Options.text(name).pipe(Options.withDescription(description), Options.optional)

const options = {
  game: Args.choice(Object.entries(games).map(([name, game]): [string, AnyGame] => [name, game]), { name: "game" }).pipe(
    Args.withDescription("what to play")
  ),
  name: optionalText("name", "what others call this node; by default the machine's name"),
  cluster: Options.text("cluster").pipe(
    Options.withDescription("nodes with the same cluster name and game play together"),
    Options.withDefault("lan")
  ),
  ip: Options.text("ip").pipe(
    Options.withDescription("this node's address, or GAME_IP; by default the one that the default route uses"),
    Options.withFallbackConfig(Config.string("GAME_IP")),
    Options.optional
  ),
  httpPort: Options.integer("http-port").pipe(
    Options.withDescription("the page's port; by default the first free one from 8080; 0 takes any"),
    Options.optional
  ),
  discoveryPort: Options.integer("discovery-port").pipe(
    Options.withDescription("the UDP port that nodes call each other on"),
    Options.withDefault(50_000)
  ),
  linkPort: Options.integer("link-port").pipe(
    Options.withDescription("the TCP port that this node takes links on; by default 43234, or any if that is taken"),
    Options.optional
  ),
  peer: Options.text("peer").pipe(
    Options.withDescription("HOST:PORT (the other's link port) of a node that broadcast does not reach; may be repeated"),
    Options.repeated
  ),
  dataDir: optionalText("data-dir", "keeps this node's id and accepted reign here, so that it returns as the same node"),
  bots: Options.integer("bots").pipe(
    Options.withDescription("players that the program plays at this node"),
    Options.withDefault(0)
  ),
  headless: Options.boolean("headless").pipe(Options.withDescription("opens no browser")),
  share: Options.boolean("share").pipe(
    Options.withDescription("lets other machines and phones open this node's page, and shows a QR code of its address")
  ),
  noPreempt: Options.boolean("no-preempt").pipe(
    Options.withDescription("leaves a host in place when a node with a higher id joins")
  ),
  quorum: Options.boolean("quorum").pipe(
    Options.withDescription("a host needs a majority of the last reign's members; the same for all nodes of a cluster")
  ),
  wire: Options.choice("wire", ["msgpack", "json"]).pipe(
    Options.withDescription("how this node writes frames; json is readable for who debugs"),
    Options.withDefault("msgpack" as const)
  ),
  scene: optionalText("scene", "the file of a scene module for a game of your own"),
  botLog: optionalText("bot-log", "a file to which every bot's inputs and acknowledgements are appended")
}

const botNames = ["Ada", "Bo", "Cleo", "Dag", "Eve", "Finn", "Gus", "Hope", "Ivo", "June", "Kai", "Liv", "Mo", "Nia", "Otto", "Pia"]
const botColors = ["#e4572e", "#17bebb", "#ffc914", "#76b041", "#9b5de5", "#f15bb5", "#00a6fb", "#ff9f1c"]

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
    const own = yield* OwnAddress.find(Option.getOrUndefined(given.ip))
    if (own.alone) yield* Console.error("No network was found: this node plays alone, on this machine only.")
    const node = Node.layer({
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
      Effect.provide(node),
      Effect.provideService(ProgramTimes, { loadMs })
    )
  }).pipe(Effect.catchAll(fail))).pipe(Command.withDescription("Plays a game with whoever plays it on this network."))

/** Says what happened and what to do, and ends with exit code 1. */
const fail = (error: { readonly _tag: string; readonly detail?: string }) =>
  Effect.zipRight(
    Console.error(`hostless: ${error.detail ?? error._tag}`),
    Effect.sync(() => { process.exitCode = 1 })
  )

const run = Effect.fnUntraced(function*(
  given: {
    readonly bots: number
    readonly headless: boolean
    readonly botLog: Option.Option<string>
  }
) {
  const gateway = yield* WebGateway
  const server = yield* GameServer
  yield* Console.log(gateway.page)
  if (gateway.sharedPage !== null) yield* printCode(gateway.sharedPage)
  if (!given.headless) yield* openBrowser(gateway.page)
  const record = Option.isSome(given.botLog) ? yield* BotLog.open(given.botLog.value) : undefined
  const { name } = yield* Effect.map(nodeName, (name) => ({ name }))
  const bots = yield* Effect.forEach(Array.from({ length: given.bots }), (_, i) =>
    Effect.fork(BotsPlaying.play({
      room: mainRoom,
      profile: {
        name: `${botNames[(i + name.length * 7) % botNames.length]!}`,
        color: botColors[(i * 3 + name.length) % botColors.length]!
      },
      ...(record === undefined ? {} : { record })
    })))
  yield* Effect.raceFirst(Effect.never, Effect.forEach(bots, Fiber.join, { concurrency: "unbounded", discard: true }).pipe(
    Effect.zipRight(Effect.never)
  )).pipe(Effect.ensuring(server.retire))
})

const nodeName = Effect.gen(function*() {
  const client = yield* GameClient
  yield* Election
  const view = yield* Stream.runHead(client.cluster)
  return Option.match(view, { onNone: () => "", onSome: (cluster) => cluster.nodes.find((node) => node.self)?.name ?? "" })
})
