/** Beats as UDP datagrams. */
import { Effect, FiberSet, Layer } from "effect"
import { BeatChannel } from "../../services/BeatChannel.ts"
import type { ClusterConfig } from "../../services/ClusterConfig.ts"
import type { NodeIdentity } from "../../services/NodeIdentity.ts"
import { LinkError } from "../../services/PeerLinks.ts"
import * as UdpSocket from "../udp/UdpSocket.ts"
import * as BeatIntake from "./BeatIntake.ts"

export interface Options {
  /** One of this machine's IPv4 addresses. */
  readonly address: string
  /** Default: any free one. */
  readonly port?: number | undefined
}

const make = Effect.fnUntraced(function*({ address, port = 0 }: Options) {
  const intake = yield* BeatIntake.make
  const socket = yield* UdpSocket.open({ address, port }).pipe(
    Effect.mapError((error) =>
      new LinkError({
        reason: error.code === "EADDRINUSE" ? "port" : error.code === "EADDRNOTAVAIL" ? "address" : "network",
        detail: `No beats can be taken at UDP ${address}:${port}: ${error.message}.`
      })
    )
  )
  const run = yield* FiberSet.makeRuntime<never>()
  socket.on("message", intake.receive)
  socket.on("error", (error) => run(Effect.logDebug("beat socket", { detail: error.message })))
  // What cannot be sent now is lost, like any beat may be.
  const lost = () => {}
  return {
    port: socket.address().port,
    send: ({ address, beatPort }, beat) =>
      beatPort === null
        ? Effect.succeed(false)
        : Effect.sync(() => {
          socket.send(BeatIntake.encode(beat), beatPort, address, lost)
          return true
        }),
    take: intake.take,
    rejected: intake.rejected
  } satisfies BeatChannel["Type"]
})

/** Beats over UDP at an address of this machine; LinkError where there is no such. */
export const layer = (options: Options): Layer.Layer<BeatChannel, LinkError, NodeIdentity | ClusterConfig> =>
  Layer.scoped(BeatChannel, make(options))
