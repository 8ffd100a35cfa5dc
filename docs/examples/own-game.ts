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
  initial: (): { readonly [seat: string]: number } => ({}),
  join: (taps, seat) => ({ ...taps, [seat]: 0 }),
  leave: (taps, seat) => Object.fromEntries(Object.entries(taps).filter(([key]) => key !== `${seat}`)),
  step: (taps, inputs) =>
    Object.fromEntries(
      Object.entries(taps).map(([key, n]) => [key, n + inputs.filter((i) => `${i.seat}` === key).length])
    ),
  view: (taps) => taps,
  outcome: (taps) => {
    const score = (key: string) => ({ seat: Protocol.SeatId.make(Number(key)), score: taps[key]!, gamesWon: 0 })
    return { standings: Object.keys(taps).map(score), winner: null, over: false }
  },
  bot: { start: null, think: () => ({ input: "tap" as const, memory: null }) }
})

const program = Effect.gen(function*() {
  const lan = yield* VirtualLan.make()
  const ada = yield* VirtualNode.start(lan, { game: Taps, rank: 2 })
  const bo = yield* VirtualNode.start(lan, { game: Taps, rank: 1 })
  const player = BotsPlaying.play({ room: GameServerSequencing.mainRoom, profile: { name: "Cleo", color: "#3f9bdc" } })
  yield* Effect.forkScoped(bo.run(player))
  yield* TestClock.adjust("5 seconds")
  const status = bo.run(Effect.flatMap(NodeStatus, (node) => node.status))
  const before = yield* status
  yield* ada.kill
  yield* TestClock.adjust("1 second")
  const after = yield* status
  for (const { clock, players, role } of [before, after]) {
    yield* Console.log(`Bo's node is ${role}; clock ${clock}, ${players[0]?.name} has ${players[0]?.score} points`)
  }
})

await Effect.runPromise(Effect.provide(Effect.scoped(program), TestContext.TestContext))
