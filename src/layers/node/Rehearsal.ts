/**
 * A change of host is the rarest and most urgent thing that a node does: the first time, most of its code is not even
 * compiled, and what takes 3 ms takes 15. So a node rehearses it at leisure, some time after its start: three nodes play
 * on a LAN of their own in its memory, and lose one host after the other.
 */
import { Duration, Effect, Layer, Logger, LogLevel } from "effect"
import { randomBytes } from "node:crypto"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { mainRoom, SeatToken } from "../../protocol/Ids.ts"
import { ClusterConfig } from "../../services/ClusterConfig.ts"
import { CurrentGame } from "../../services/CurrentGame.ts"
import { GameClient } from "../../services/GameClient.ts"
import * as VirtualLan from "../virtual/VirtualLan.ts"
import * as VirtualNode from "../virtual/VirtualNode.ts"

/** After the first view, and after the first players have come. */
const startAfter = Duration.millis(500)
/** Long enough for three nodes to settle, and for some ticks. */
const play = Duration.millis(200)
const interregnum = Duration.millis(60)
const pause = Duration.millis(100)
const times = 2

const seat = (name: string) =>
  Effect.flatMap(GameClient, (client) =>
    client.take(mainRoom, {
      token: SeatToken.make(randomBytes(16).toString("hex")),
      profile: { name, color: "#000000" }
    }))

const once = Effect.scoped(Effect.gen(function*() {
  const game = yield* CurrentGame
  const { quorum } = yield* ClusterConfig
  const lan = yield* VirtualLan.make({ latencyMs: 0 })
  const nodes = yield* Effect.forEach(
    [3, 2, 1],
    (rank) => VirtualNode.start(lan, { rank, game, settings: { quorum, listenMs: 20, preempt: false } })
  )
  yield* Effect.forEach(nodes, (node) => Effect.forkScoped(node.run(seat(`rehearsal ${node.peerId}`))))
  yield* Effect.sleep(play)
  yield* nodes[0]!.kill
  yield* Effect.sleep(interregnum)
  yield* nodes[1]!.stop
}))

/**
 * Gives back the memory that the start and the rehearsal took, since a killed process is gone only when its memory is:
 * the first time finds what is free, the second time returns it.
 */
const tidy = Effect.sync(() => {
  setFlagsFromString("--expose-gc")
  runInNewContext("gc")()
}).pipe(Effect.delay(pause), Effect.repeatN(1))

export const layer = Layer.scopedDiscard(
  Effect.forkScoped(
    Effect.delay(Effect.repeatN(Effect.delay(once, pause), times - 1), startAfter).pipe(
      // Nodes that are not there have nothing to say.
      Logger.withMinimumLogLevel(LogLevel.None),
      Effect.catchAllCause((cause) => Effect.logDebug("the rehearsal of a change of host failed", cause)),
      Effect.zipRight(tidy)
    )
  )
)
