import { Console, Effect, Schema, TestClock, TestContext } from "effect"
import { Protocol } from "hostless"
import { define } from "hostless/games"
import { BotsPlaying, GameServerSequencing, VirtualLan, VirtualNode } from "hostless/layers"
import { NodeStatus } from "hostless/services"

/** Who taps most leads. */
const Taps = define({
  name: "taps",
  version: 1,
  tickRate: 20,
  ordering: "tick",
  seats: { min: 1, max: 8 },
  State: Schema.Record({ key: Schema.String, value: Schema.Int }),
  Input: Schema.Literal("tap"),
  initial: () => ({}),
  join: (taps, seat) => ({ ...taps, [seat]: 0 }),
  leave: (taps, seat) => Object.fromEntries(Object.entries(taps).filter(([key]) => key !== `${seat}`)),
  step: (taps, inputs) => inputs.reduce((now, { seat }) => ({ ...now, [seat]: now[seat]! + 1 }), taps),
  view: (taps) => taps,
  outcome: (taps) => {
    const score = (seat: string) => ({ seat: Protocol.SeatId.make(Number(seat)), score: taps[seat]!, gamesWon: 0 })
    return { standings: Object.keys(taps).map(score), winner: null, over: false }
  },
  bot: { start: null, think: () => ({ input: "tap", memory: null }) }
})

const program = Effect.gen(function*() {
  const lan = yield* VirtualLan.make()
  const ada = yield* VirtualNode.start(lan, { game: Taps, rank: 2, name: "Ada's" })
  const bo = yield* VirtualNode.start(lan, { game: Taps, rank: 1, name: "Bo's" })
  const player = BotsPlaying.play({ room: GameServerSequencing.mainRoom, profile: { name: "Cleo", color: "#3f9bdc" } })
  yield* Effect.forkScoped(bo.run(player))
  yield* TestClock.adjust("5 seconds")
  yield* Console.log("before", yield* bo.run(told))
  yield* ada.kill
  yield* TestClock.adjust("1 second")
  yield* Console.log("after", yield* bo.run(told))
})

/** What a node says of the cluster. */
const told = Effect.map(Effect.flatMap(NodeStatus, (node) => node.status), ({ clock, epoch, players, role }) => ({
  role,
  epoch,
  clock,
  score: players[0]?.score
}))

await Effect.runPromise(Effect.provide(Effect.scoped(program), TestContext.TestContext))
