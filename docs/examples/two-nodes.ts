import { Console, Effect, TestClock, TestContext } from "effect"
import { BotsPlaying, VirtualLan, VirtualNode } from "hostless/layers"
import { mainRoom } from "hostless/protocol"
import { NodeStatus } from "hostless/services"
import { Taps } from "./own-game.js"

const program = Effect.gen(function*() {
  const lan = yield* VirtualLan.make()
  const ada = yield* VirtualNode.start(lan, { game: Taps, rank: 2, name: "Ada's" })
  const bo = yield* VirtualNode.start(lan, { game: Taps, rank: 1, name: "Bo's" })
  const cleo = { room: mainRoom, profile: { name: "Cleo", color: "#3f9bdc" } }
  yield* Effect.forkScoped(bo.run(BotsPlaying.play(cleo)))
  const say = bo.run(Effect.gen(function*() {
    const { clock, players, role } = yield* Effect.flatMap(NodeStatus, (node) => node.status)
    yield* Console.log(`Bo's node is ${role}: clock ${clock}, Cleo has ${players[0]?.score} points`)
  }))
  yield* TestClock.adjust("5 seconds")
  yield* say
  yield* ada.kill
  yield* TestClock.adjust("1 second")
  yield* say
})

await Effect.runPromise(Effect.provide(Effect.scoped(program), TestContext.TestContext))
