/**
 * `npm run bench -- rooms`: how evenly one leader ticks many rooms. Servers are real processes; all players hold their seats
 * by way of this one, which is a node of the cluster that never hosts.
 */
import { Command, Options } from "@effect/cli"
import { Console, Context, Duration, Effect, Layer, Random, Schedule } from "effect"
import { readFileSync } from "node:fs"
import { constants, setPriority } from "node:os"
import * as Match from "../src/core/Match.ts"
import { Pong } from "../src/games/Pong.ts"
import * as BotsPlaying from "../src/layers/clients/BotsPlaying.ts"
import * as DiscoveryStatic from "../src/layers/discovery/DiscoveryStatic.ts"
import * as Engine from "../src/layers/engine/Engine.ts"
import * as BeatChannelNone from "../src/layers/health/BeatChannelNone.ts"
import * as NodeIdentityFixed from "../src/layers/identity/NodeIdentityFixed.ts"
import * as PeerLinksUdp from "../src/layers/links/PeerLinksUdp.ts"
import * as MessageQueuesBounded from "../src/layers/queues/MessageQueuesBounded.ts"
import * as BenchCluster from "../src/programs/bench/BenchCluster.ts"
import * as Figures from "../src/programs/bench/Figures.ts"
import * as NodeProcess from "../src/programs/bench/NodeProcess.ts"
import * as ExitCode from "../src/programs/ExitCode.ts"
import * as OptionChecks from "../src/programs/OptionChecks.ts"
import { PeerId, type RoomId } from "../src/protocol/Ids.ts"
import type { NumberedInput } from "../src/protocol/Input.ts"
import { usualPorts } from "../src/protocol/Ports.ts"
import { ClusterConfig } from "../src/services/ClusterConfig.ts"
import { CurrentGame } from "../src/services/CurrentGame.ts"
import { GameClient, type HeldSeat } from "../src/services/GameClient.ts"
import { Replica } from "../src/services/Replica.ts"
import * as IdleClock from "./IdleClock.ts"

/** Lower than any: whoever has it never hosts. */
const lowest = PeerId.make("00000000-0000-4000-8000-000000000000")
const seatsPerRoom = 4
/** Nobody wins while it is measured. */
const points = 99
/** Each player moves so often; they are spread over that time, in milliseconds. */
const moveEveryMs = 100
const lookEveryMs = 10
/** Rooms that are opened at a time. */
const atOnce = 16
const settleMs = 3_000

const options = {
  rooms: OptionChecks.count("rooms", 1, 250, 200, "how many matches of four are played at a time"),
  servers: OptionChecks.count("servers", 1, 8, 2, "how many servers there are, one of which leads"),
  seconds: OptionChecks.count("seconds", 1, 3_600, 30, "how long it is measured"),
  json: Options.boolean("json").pipe(Options.withDescription("prints the report as JSON"))
}

export const command = Command.make(
  "rooms",
  options,
  ({ json, rooms, seconds, servers }) =>
    Effect.scoped(run({ rooms, seconds, servers })).pipe(
      Effect.tap((report) => Console.log(json ? JSON.stringify(report, null, 2) : describe(report))),
      Effect.flatMap(({ ticksShare }) => ticksShare < 0.98 ? ExitCode.failed : Effect.void),
      Effect.catchAll(ExitCode.complain)
    )
).pipe(Command.withDescription("Measures how evenly one leader ticks many rooms."))

interface Player {
  readonly room: RoomId
  readonly held: HeldSeat
  readonly phase: number
}

const run = Effect.fnUntraced(function*(
  { rooms, seconds, servers }: { readonly rooms: number; readonly seconds: number; readonly servers: number }
) {
  const cluster = yield* BenchCluster.make(servers, { command: ["serve", "--game", "pong"], isSettled: () => true })
  yield* cluster.settle
  const idle = yield* IdleClock.start(1_000 / Pong.tickRate)
  // In life all players but a few are on other machines: here they take what the servers leave.
  yield* Effect.sync(() => setPriority(constants.priority.PRIORITY_LOW))
  const players = yield* sit(cluster, rooms)
  const leader = yield* NodeProcess.until(leaderOf(cluster), "a leader")
  yield* Effect.sleep(settleMs)

  yield* idle.begin
  const before = yield* look(leader)
  yield* watchFor(seconds)
  const idleMs = yield* idle.end
  const after = yield* look(leader)
  const passedS = (after.atMs - before.atMs) / 1_000
  const counts = after.deviations.map(({ count, ms }, i) => ({ ms, count: count - before.deviations[i]!.count }))
  const ticks = rooms * passedS * Pong.tickRate
  const ticked = after.clocks.reduce((sum, clock, i) => sum + clock - before.clocks[i]!, 0)
  return {
    rooms,
    players: players.length,
    servers,
    seconds,
    /** Of all ticks that should have been, so many were. */
    ticksShare: Math.round(ticked / ticks * 1_000) / 1_000,
    /** Upper bounds, in milliseconds. */
    deviationMs: { p50: quantile(counts, 0.5), p99: quantile(counts, 0.99), p999: quantile(counts, 0.999) },
    /** Of a process that does nothing else, at the same time. */
    idleMs,
    /** Of one core. */
    leaderCpuShare: Math.round((after.cpuS - before.cpuS) / passedS * 100) / 100,
    lagMax: after.lagMax
  }
})

type Report = Effect.Effect.Success<ReturnType<typeof run>>

const describe = (
  { deviationMs, idleMs, lagMax, leaderCpuShare, players, rooms, seconds, servers, ticksShare }: Report
) => {
  const upTo = (ms: number | null) => ms === null ? "more than 250" : `≤ ${ms}`
  return [
    `${rooms} rooms with ${players} players on ${servers} servers and this node, for ${seconds} s`,
    "",
    Figures.table([
      [`ms between ticks, off ${(1_000 / Pong.tickRate).toFixed(1)}`, "p50", "p99", "p99.9"],
      ["the leader", upTo(deviationMs.p50), upTo(deviationMs.p99), upTo(deviationMs.p999)],
      ["a process that only waits", `${idleMs.p50}`, `${idleMs.p99}`, `${idleMs.p999}`]
    ]),
    "",
    `${(ticksShare * 100).toFixed(1)} % of all ticks; ${(leaderCpuShare * 100).toFixed(0)} % of a core; no follower ` +
    `lacked more than ${lagMax} events of a room`
  ].join("\n")
}

const leaderOf = (cluster: BenchCluster.BenchCluster) =>
  Effect.map(cluster.look, (all) => {
    const at = all.findIndex((status) => status?.role === "host")
    return at < 0 ? null : cluster.nodes()[at]!
  })

/** Fills all rooms with players, who play on as long as the scope is open. */
const sit = Effect.fnUntraced(function*(cluster: BenchCluster.BenchCluster, rooms: number) {
  const address = cluster.ground.address(200)
  const context = yield* Layer.build(
    Engine.layer.pipe(
      Layer.provideMerge(PeerLinksUdp.layer({ address })),
      Layer.provideMerge(DiscoveryStatic.layerWithUdp({
        address,
        port: cluster.discoveryPort,
        peers: [],
        usualPort: usualPorts.linksUdp
      })),
      Layer.provideMerge(Layer.mergeAll(
        BeatChannelNone.layer,
        MessageQueuesBounded.layer,
        NodeIdentityFixed.layer({ peerId: lowest, name: "players" }),
        ClusterConfig.layer({ cluster: cluster.cluster, preempt: false }),
        CurrentGame.layer(Pong)
      ))
    )
  ).pipe(Effect.mapError(({ detail }) => new NodeProcess.BenchError({ detail })))
  const client = Context.get(context, GameClient)
  const replica = Context.get(context, Replica)
  const players: Array<Player> = []
  yield* Effect.forEach(
    Array.from({ length: rooms }, (_, i) => `bench-${i}` as RoomId),
    (room) =>
      Effect.gen(function*() {
        yield* client.open(room, { ...Pong.match!.defaults, seats: seatsPerRoom, points })
        for (let i = 0; i < seatsPerRoom; i++) {
          const profile = { name: `${room} ${i + 1}`, color: "#4a63d8" }
          const held = yield* Effect.orDie(client.take(room, { token: yield* BotsPlaying.freshToken, profile }))
          players.push({ room, held, phase: players.length % (moveEveryMs / lookEveryMs) })
        }
        Figures.progress(players.length, rooms * seatsPerRoom, "players seated")
      }),
    { concurrency: atOnce, discard: true }
  )
  let turn = 0
  yield* Effect.forkScoped(Effect.repeat(
    Effect.suspend(() => {
      const phase = turn++ % (moveEveryMs / lookEveryMs)
      return Effect.forEach(players.filter((player) => player.phase === phase), (player) => act(replica, player), {
        discard: true
      })
    }),
    Schedule.fixed(lookEveryMs)
  ))
  yield* NodeProcess.until(
    Effect.map(replica.rooms, (all) => all.filter(({ match }) => match?.stage === "playing").length >= rooms || null),
    "all matches to be played",
    { timeoutMs: 60_000 }
  )
  return players as ReadonlyArray<Player>
})

/** What the match waits for, or any move. */
const act = (replica: Replica["Type"], { held, room }: Player) =>
  Effect.gen(function*() {
    const state = yield* replica.state(room)
    const record = state?.seats.find(({ seat }) => seat === held.seat)
    if (state === null || state.match === null || record === undefined) return
    const due = Match.due(state.match, held.seat, true)
    if (due !== null) return yield* held.act(due.act, due.ballot)
    if (state.match.stage !== "playing") return
    const input = [record.lastInput + 1, { move: (yield* Random.nextIntBetween(0, 3)) - 1 }] as unknown as NumberedInput
    yield* held.input([input])
  })

// ------------------------------------------------------------------ the leader

interface Look {
  readonly atMs: number
  /** Seconds of CPU that the process has used. */
  readonly cpuS: number
  readonly clocks: ReadonlyArray<number>
  readonly lagMax: number
  /** How many ticks were off by so much at most, cumulative. */
  readonly deviations: ReadonlyArray<{ readonly ms: number; readonly count: number }>
}

const look = Effect.fnUntraced(function*(leader: NodeProcess.NodeProcess) {
  const status = yield* NodeProcess.status(leader, 5_000)
  const metrics = yield* leader.read(`${leader.url}/metrics`, 5_000)
  if (status === null || metrics === null) {
    return yield* new NodeProcess.BenchError({ detail: "The leader does not answer." })
  }
  const rooms = status.rooms.filter(({ room }) => room.startsWith("bench-")).sort((a, b) => a.room < b.room ? -1 : 1)
  const buckets = metrics.matchAll(/^hostless_tick_deviation_seconds_bucket\{le="([^"]+)"\} (\d+)$/gm)
  const found: Look = {
    atMs: performance.now(),
    cpuS: cpuSecondsOf(leader.child.pid!),
    clocks: rooms.map(({ clock }) => clock),
    lagMax: Math.max(0, ...rooms.flatMap(({ lag }) => Object.values(lag))),
    deviations: Array.from(buckets, ([, le, count]) => ({
      ms: le === "+Inf" ? Infinity : Math.round(Number(le) * 1e6) / 1e3,
      count: Number(count)
    }))
  }
  return found
})

/** Linux counts in hundredths of a second. */
const cpuSecondsOf = (pid: number): number => {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ").slice(11, 13)
  return (Number(user) + Number(system)) / 100
}

const quantile = (cumulative: Look["deviations"], share: number): number | null => {
  const all = cumulative.at(-1)?.count ?? 0
  const found = cumulative.find(({ count }) => count >= share * all)
  return found === undefined || found.ms === Infinity ? null : found.ms
}

const watchFor = (seconds: number) =>
  Effect.forEach(
    Array.from({ length: seconds }, (_, i) => i + 1),
    (second) =>
      Effect.zipRight(
        Effect.sleep(Duration.seconds(1)),
        Effect.sync(() => Figures.progress(second, seconds, "measured"))
      ),
    { discard: true }
  )
