/**
 * `hostless list`: what is played around here.
 *
 * It listens and says nothing: no node is asked to answer, and nobody takes it for a node.
 */
import { Command, Options } from "@effect/cli"
import { Config, Console, Duration, Effect, Layer, Option } from "effect"
import { randomUUID } from "node:crypto"
import * as DiscoveryUdp from "../layers/discovery/DiscoveryUdp.ts"
import * as NodeIdentityFresh from "../layers/identity/NodeIdentityFresh.ts"
import { Application } from "../services/Application.ts"
import { ClusterConfig } from "../services/ClusterConfig.ts"
import { Discovery, type OtherGame } from "../services/Discovery.ts"
import * as ExitCode from "./ExitCode.ts"
import * as Ink from "./Ink.ts"
import * as OptionChecks from "./OptionChecks.ts"
import * as OwnAddress from "./OwnAddress.ts"
import * as Table from "./Table.ts"

/** A game that is played on this network. */
export interface ListedGame extends OtherGame {
  /** Whether it was heard on loopback only: its nodes are all on this machine, and others cannot join it. */
  readonly thisMachineOnly: boolean
}

/** Nodes call at most this often: every 2 s, give or take a fifth (see DiscoveryCore). */
const listenMs = 2_500

/** What is heard at an address meanwhile. */
const hear = (address: string, port: number) => {
  // A cluster and an application that nobody else is in: so all others are others.
  const discovery = DiscoveryUdp.layer({ address, port }).pipe(
    Layer.provide(Layer.mergeAll(
      ClusterConfig.layer({ cluster: randomUUID() }),
      Application.layer({ name: "hostless-list", version: 1 }),
      NodeIdentityFresh.layer({ name: "list" })
    ))
  )
  return Discovery.pipe(
    Effect.tap(() => Effect.sleep(Duration.millis(listenMs))),
    Effect.flatMap(({ otherGames }) => otherGames),
    Effect.provide(discovery)
  )
}

/** All games heard on this machine and on its network, or at the address that was asked for. */
const listen = Effect.fnUntraced(function*(asked: string | undefined, port: number) {
  const { address } = yield* OwnAddress.find(asked)
  // Loopback and network do not hear each other; without --ip both are listened to.
  const addresses = asked === undefined && !address.startsWith("127.") ? [address, "127.0.0.1"] : [address]
  const heard = yield* Effect.forEach(
    addresses,
    (one) =>
      Effect.map(
        hear(one, port),
        (games) => games.map((game): ListedGame => ({ ...game, thisMachineOnly: one.startsWith("127.") }))
      ),
    { concurrency: "unbounded" }
  )
  return heard.flat().sort((a, b) => compare(a.game, b.game) || compare(a.cluster, b.cluster))
})

const compare = (a: string, b: string): number => a < b ? -1 : a > b ? 1 : 0

const options = {
  ip: Options.text("ip").pipe(
    Options.withPseudoName("IP"),
    Options.withDescription("listens at this address only, or GAME_IP; by default on the network and on loopback"),
    Options.withFallbackConfig(Config.string("GAME_IP")),
    Options.optional
  ),
  discoveryPort: OptionChecks.integer("discovery-port", 1, 65_535).pipe(
    Options.withPseudoName("PORT"),
    Options.withDescription("the UDP port that nodes call each other on; by default 50000"),
    Options.withDefault(50_000)
  ),
  json: Options.boolean("json").pipe(Options.withDescription("prints a JSON array"))
}

export const command = Command.make("list", options, (given) =>
  Effect.gen(function*() {
    const games = yield* listen(Option.getOrUndefined(given.ip), given.discoveryPort)
    yield* Console.log(given.json ? JSON.stringify(games, null, 2) : describe(games, Ink.ofOutput()))
  }).pipe(Effect.catchAll(ExitCode.complain))).pipe(
    Command.withDescription("Lists the games that are played on this network and on this machine.")
  )

/** As a POSIX shell takes it. */
export const quoted = (text: string): string => /^[\w.-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`

const describe = (games: ReadonlyArray<ListedGame>, ink: Ink.Ink): string => {
  if (games.length === 0) return "Nobody plays around here. \"hostless play gather\" begins."
  return Table.format<ListedGame>(
    [
      { title: "game", cell: (game) => game.game, ink: () => ink.bold },
      { title: "cluster", cell: (game) => game.cluster },
      { title: "nodes", cell: (game) => String(game.nodes), align: "right" },
      { title: "", cell: (game) => game.thisMachineOnly ? "this machine only" : "", ink: () => ink.quiet },
      {
        title: "to join",
        cell: ({ cluster, game, thisMachineOnly }) =>
          `hostless play ${game} --cluster ${quoted(cluster)}`
          + (thisMachineOnly ? " --ip 127.0.0.1" : "")
      }
    ],
    games,
    ink
  ).join("\n")
}
