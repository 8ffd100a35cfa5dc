/**
 * `hostless bench failover --shape cluster`: how long players who are no nodes have no view when the leader of their servers
 * is killed, apart for those whom it served itself.
 */
import { Duration, Effect, Random } from "effect"
import type { PongView } from "../../games/pong/Schemas.ts"
import type { RoomId } from "../../protocol/Ids.ts"
import type { RoomView } from "../../protocol/View.ts"
import * as BenchCluster from "./BenchCluster.ts"
import * as Figures from "./Figures.ts"
import * as NodeProcess from "./NodeProcess.ts"
import * as ThinPlayer from "./ThinPlayer.ts"
import type * as Transport from "./Transport.ts"

/** Two players each. */
const roomsPerServer = 2
/** Longer than anybody is without a view. */
const lookMs = 2_500

const scoresOf = (view: RoomView): PongView["scores"] => (view.game as PongView).scores

/** Points that were there and are gone, within one match. */
const lostPoints = (before: RoomView, after: RoomView): number => {
  if (before.match?.round !== after.match?.round) return 0
  const now = scoresOf(after)
  return Object.entries(scoresOf(before)).reduce((sum, [seat, score]) => sum + Math.max(0, score - (now[seat] ?? 0)), 0)
}

export const run = Effect.fnUntraced(function*(servers: number, kills: number, { env, name }: Transport.Linked) {
  const command = ["serve", "--game", "pong"]
  const cluster = yield* BenchCluster.make(servers, { command, env, isSettled: () => true })
  yield* cluster.settle
  const players = yield* Effect.forEach(
    Array.from({ length: servers * roomsPerServer * 2 }, (_, i) => i),
    (i) =>
      ThinPlayer.start({
        name: `player ${i + 1}`,
        room: `bench-${Math.floor(i / 2)}` as RoomId,
        address: cluster.ground.address(200 + i),
        cluster: cluster.cluster,
        discoveryPort: cluster.discoveryPort
      }),
    { concurrency: "unbounded" }
  )
  const playing = NodeProcess.until(
    Effect.sync(() =>
      players.every((player) =>
          performance.now() - player.viewedAtMs() < 200 && player.newest()?.match?.stage === "playing"
        )
        ? true
        : null
    ),
    "all matches to be played",
    { timeoutMs: 60_000 }
  )

  const served: Array<number> = []
  const others: Array<number> = []
  let pointsLost = 0
  for (let round = 0; round < kills; round++) {
    const now = yield* cluster.settle
    yield* playing
    const slots = cluster.nodes()
    const leader = slots.find((_, i) => now[i]!.role === "host")!
    const { peerId } = now[slots.indexOf(leader)]!
    yield* Effect.sleep(Duration.millis(yield* Random.nextIntBetween(0, 100)))
    const before = players.map((player) => ({ player, node: player.node(), view: player.newest()! }))
    for (const { player } of before) player.measure()
    leader.child.kill("SIGKILL")
    yield* Effect.sleep(Duration.millis(lookMs))
    for (const { node, player, view } of before) {
      ;(node === peerId ? served : others).push(player.longestGapMs())
      pointsLost += lostPoints(view, player.newest()!)
    }
    Figures.progress(
      round + 1,
      kills,
      `without a view p50: ${Figures.distribution(others).p50 ?? "–"} ms, of the dead server ${
        Figures.distribution(served).p50 ?? "–"
      } ms`
    )
    yield* cluster.replace(leader)
  }
  const end = yield* cluster.settle
  const disputed = yield* Effect.reduce(players, 0, (sum, player) => Effect.map(player.disputed, (n) => sum + n))
  return {
    shape: "cluster" as const,
    transport: name,
    servers,
    players: players.length,
    kills,
    withoutViewMs: { others: Figures.distribution(others), served: Figures.distribution(served) },
    setbacks: players.reduce((sum, player) => sum + player.setbacks(), 0),
    pointsLost,
    inputsDisputed: disputed + end.reduce((sum, { counters }) => sum + counters.inputsDisputed, 0),
    regressions: end.reduce((sum, { counters }) => sum + counters.regressions, 0)
  }
})

export type Report = Effect.Effect.Success<ReturnType<typeof run>>

/** Whether nothing was lost, whatever the figures are. */
export const isSound = ({ inputsDisputed, pointsLost, regressions, setbacks }: Report): boolean =>
  inputsDisputed + pointsLost + regressions + setbacks === 0

export const describe = (report: Report): string => {
  const { others, served } = report.withoutViewMs
  return [
    `${report.servers} servers, ${report.players} players who are no nodes, ${report.kills} leaders killed, linked by ${report.transport}`,
    "",
    Figures.table([
      Figures.titles("without a view (ms)"),
      Figures.row("players of other servers", others),
      Figures.row("players of the dead server", served)
    ]),
    "",
    `views whose clock went back: ${report.setbacks}; points lost: ${report.pointsLost}; inputs missing or doubled: ${report.inputsDisputed}`
  ].join("\n")
}
