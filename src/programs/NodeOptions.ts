/** What every node can be told, whatever it is for. */
import { Args, type Command, HelpDoc, Options } from "@effect/cli"
import { Config, Effect, Option } from "effect"
import type { AnyGame } from "../games/Game.ts"
import { games } from "../games/index.ts"
import { parse as parseBroker } from "../layers/broker/BrokerUrl.ts"
import type * as LanNode from "../layers/node/LanNode.ts"
import * as OptionChecks from "./OptionChecks.ts"

export const portMax = 65_535

/** A game that comes with the program, as the first argument. */
export const game = (command: string) =>
  Args.text({ name: "game" }).pipe(
    Args.withDescription(`what to play: ${Object.keys(games).join(", ")}`),
    Args.optional,
    Args.mapEffect((name): Effect.Effect<AnyGame, HelpDoc.HelpDoc> => {
      const found = Option.isSome(name) && Object.hasOwn(games, name.value) ? games[name.value] : undefined
      if (found !== undefined) return Effect.succeed(found)
      const what = Option.isSome(name) ? `There is no game ${JSON.stringify(name.value.slice(0, 60))}.` : "Play what?"
      return Effect.fail(HelpDoc.p(
        `${what} Say "hostless ${command}" and one of these: ${Object.keys(games).join(", ")}.`
      ))
    })
  )

export const cluster = OptionChecks.name("cluster").pipe(
  Options.withPseudoName("NAME"),
  Options.withDescription("nodes with the same cluster name and game play together; by default lan"),
  Options.withDefault("lan")
)

export const ip = Options.text("ip").pipe(
  Options.withPseudoName("IP"),
  Options.withDescription(
    "this node's address, or GAME_IP; by default the one that the default route uses; 127.x.y.z for play on one machine"
  ),
  Options.withFallbackConfig(Config.string("GAME_IP")),
  Options.optional
)

export const discoveryPort = OptionChecks.integer("discovery-port", 1, portMax).pipe(
  Options.withPseudoName("PORT"),
  Options.withDescription("the UDP port that nodes call each other on, the same for all; by default 50000"),
  Options.withDefault(50_000)
)

/** What links run over, or a broker; what was given is not repeated, since it may hold a password. */
export const transport = (usual: "tcp" | "udp") =>
  OptionChecks.understood(
    Options.text("transport").pipe(
      Options.withPseudoName("NAME|URL"),
      Options.withDescription(
        "what links run over, the same for all nodes of a cluster: tcp, udp, or a broker as amqp://USER:PASSWORD@HOST or "
          + `nats://HOST; or GAME_TRANSPORT; by default ${usual}`
      ),
      Options.withFallbackConfig(Config.string("GAME_TRANSPORT")),
      Options.withDefault(usual as string)
    ),
    (text) => text === "tcp" || text === "udp" ? text : parseBroker(text),
    () => "--transport takes tcp, udp, amqp://USER:PASSWORD@HOST:PORT/VHOST or nats://USER:PASSWORD@HOST:PORT."
  )

export const all = {
  name: OptionChecks.optional(
    OptionChecks.name("name"),
    "NAME",
    "what others call this node; by default the machine's name"
  ),
  cluster,
  ip,
  discoveryPort,
  httpPort: OptionChecks.optional(
    OptionChecks.integer("http-port", 0, portMax),
    "PORT",
    "the page's port; by default the first free one from 8080; 0 takes any"
  ),
  peer: OptionChecks.places("peer").pipe(
    Options.withPseudoName("HOST:PORT"),
    Options.withDescription("a node that broadcast does not reach, and its link port; may be repeated")
  ),
  dataDir: OptionChecks.optional(
    Options.text("data-dir"),
    "DIR",
    "keeps this node's id, its accepted reign and a committed game's log here, so that it returns as the same node"
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
  election: OptionChecks.optional(
    Options.choice("election", ["bully", "raft"]),
    "NAME",
    "who hosts, the same for all nodes of a cluster: bully (by default), or raft, the leader of a majority"
  ),
  wire: Options.choice("wire", ["msgpack", "json"]).pipe(
    Options.withDescription("how this node writes frames, msgpack by default; json is readable for who debugs"),
    Options.withDefault("msgpack" as const)
  ),
  scene: OptionChecks.optional(Options.text("scene"), "FILE", "a scene module, for a game of your own"),
  logFile: OptionChecks.optional(
    Options.text("log-file"),
    "FILE",
    "what happens is written here, a JSON line each; at 8 MB a new file is begun, and the last three are kept"
  )
}

export type Given = Command.Command.ParseConfig<typeof all>

/** What the node's layer takes of it. */
export const layerOptions = (
  given: Given,
  { address, game }: { readonly address: string; readonly game: AnyGame }
): LanNode.Options => ({
  game,
  address,
  name: Option.getOrUndefined(given.name),
  cluster: given.cluster,
  httpPort: Option.getOrUndefined(given.httpPort),
  discoveryPort: given.discoveryPort,
  peers: given.peer,
  dataDir: Option.getOrUndefined(given.dataDir),
  share: given.share,
  preempt: !given.noPreempt,
  quorum: given.quorum,
  election: Option.getOrUndefined(given.election),
  format: given.wire,
  scene: Option.getOrUndefined(given.scene)
})
