/**
 * `npm run bench -- computing`: who should compute (row C20 of the features)? A host that sends views to screens, a host that
 * orders events which every node folds, or every peer by itself in lockstep: bytes and divergence measured on our own
 * games, played by their bots; latency over a modelled network, the same for all three.
 */
import { Command, Options } from "@effect/cli"
import { Console, Effect } from "effect"
import { games } from "../src/games/index.ts"
import * as Figures from "../src/programs/bench/Figures.ts"
import * as OptionChecks from "../src/programs/OptionChecks.ts"
import { ClusterConfig } from "../src/services/ClusterConfig.ts"
import * as Network from "./computing/Network.ts"
import * as Played from "./computing/Played.ts"

const networks: Readonly<Record<string, Network.Network>> = {
  LAN: { lagMs: 1, jitterMs: 0.5, loss: 0 },
  "Wi-Fi": { lagMs: 5, jitterMs: 5, loss: 0.02 },
  internet: { lagMs: 40, jitterMs: 5, loss: 0.01 }
}

const options = {
  seconds: OptionChecks.count("seconds", 10, 600, 60, "how long each game is played, in its own time"),
  players: OptionChecks.count("players", 2, 4, 4, "how many play"),
  json: Options.boolean("json").pipe(Options.withDescription("prints the report as JSON"))
}

export const command = Command.make(
  "computing",
  options,
  ({ json, players, seconds }) =>
    Effect.flatMap(
      Effect.sync(() => measure(players, seconds)),
      (report) => Console.log(json ? JSON.stringify(report, null, 2) : describe(report))
    )
).pipe(
  Command.withDescription("Compares who computes: a host for screens, a host that orders, or everybody in lockstep.")
)

const measure = (players: number, seconds: number) =>
  ["gather", "pong"].map((name) => {
    const played = Played.play(games[name]!, players, seconds)
    const { tickRate } = played.game
    const [ticks, periodMs] = [seconds * tickRate, 1_000 / tickRate]
    return {
      game: name,
      players,
      bytesPerSecond: Played.bytes(played),
      divergence: Played.divergence(played, ClusterConfig.defaults.digestEvery),
      latency: Object.entries(networks).map(([network, given]) => ({
        network,
        views: Network.hosted(given, ticks, periodMs, false),
        ordered: Network.hosted(given, ticks, periodMs, true),
        lockstep: Network.lockstep(given, ticks, periodMs, players)
      }))
    }
  })

type Report = ReturnType<typeof measure>

const ways = { views: "host, views to screens", ordered: "host orders, all fold", lockstep: "lockstep" } as const
const names = ["views", "ordered", "lockstep"] as const

const describe = (report: Report): string =>
  report.flatMap(({ bytesPerSecond, divergence, game, latency, players }) => [
    `${game}, ${players} players`,
    "",
    Figures.table([
      [
        "",
        "down B/s",
        "up B/s",
        "busiest B/s",
        ...latency.flatMap(({ network }) => [`${network} p50 ms`, "p99", "late %"])
      ],
      ...names.map((way) => [
        ways[way],
        ...[bytesPerSecond[way].down, bytesPerSecond[way].up, bytesPerSecond[way].busiest].map(String),
        ...latency.flatMap((one) => [
          `${one[way].latencyMs.p50}`,
          `${one[way].latencyMs.p99}`,
          `${one[way].latePercent}`
        ])
      ])
    ]),
    "",
    `a node that computed once otherwise, by 1e-9: its state differed in ${divergence.differing} of ${divergence.ticks} ticks, `
    + `its scores at the end ${divergence.scoresDiffer ? "too" : "did not"}; a state hash tells after ${
      divergence.foundAfterTicks ?? "–"
    } ticks`,
    ""
  ]).join("\n").trimEnd()
