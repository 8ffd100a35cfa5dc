/** Nodes of this machine, and of a virtual LAN, for the suites of links. */
import { Effect, Layer } from "effect"
import type * as Net from "node:net"
import * as BeatChannelNone from "../../../src/layers/health/BeatChannelNone.ts"
import * as NodeIdentityFixed from "../../../src/layers/identity/NodeIdentityFixed.ts"
import type { LinkOptions, LinksLayer } from "../../../src/layers/links/LinkPlace.ts"
import * as MessageQueuesBounded from "../../../src/layers/queues/MessageQueuesBounded.ts"
import type { VirtualLan } from "../../../src/layers/virtual/VirtualLan.ts"
import { Application } from "../../../src/services/Application.ts"
import { ClusterConfig } from "../../../src/services/ClusterConfig.ts"
import { idOf, type NodeOptions, RawConnection, type Wiring } from "../../../src/testing/LinkNodes.ts"

export type WiringOf = (options: (node: NodeOptions) => LinkOptions) => Wiring

/** Links of this machine: nodes that find and dial each other by themselves. */
export const wiringOf = (layer: (options: LinkOptions) => LinksLayer): WiringOf => (options) => ({
  links: (node) => Layer.provideMerge(layer(options(node)), BeatChannelNone.layer),
  dial: () => Effect.never,
  listen: () => Effect.never,
  drive: (effect) => effect
})

/** A node's links on a virtual LAN, and nothing above them. */
export const linksOn = (lan: VirtualLan, { cluster = "test", incarnation = 0, n }: NodeOptions) =>
  lan.links.pipe(
    Layer.provideMerge(Layer.merge(lan.discovery, lan.beats)),
    Layer.provideMerge(Layer.mergeAll(
      MessageQueuesBounded.layer,
      NodeIdentityFixed.layer({ peerId: idOf(n), incarnation }),
      ClusterConfig.layer({ cluster }),
      Application.layer({ name: "none", version: 1 })
    ))
  )

/** A peer behind a socket. */
export const rawOf = (socket: Net.Socket): RawConnection => {
  const raw = new RawConnection(
    (bytes) => socket.write(bytes),
    () => socket.end(),
    () => socket.resetAndDestroy(),
    () => socket.pause()
  )
  socket.on("data", (chunk) => raw.receive(chunk))
  socket.on("error", () => raw.end("reset"))
  socket.on("close", () => raw.end("closed"))
  return raw
}
