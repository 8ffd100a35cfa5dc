/** Where a node takes links, and why it cannot, told to people. */
import { Effect, type Layer, type Scope } from "effect"
import { randomBytes } from "node:crypto"
import type { AddressInfo, Server } from "node:net"
import { networkInterfaces } from "node:os"
import type { Format } from "../../protocol/Frame.ts"
import type { Application } from "../../services/Application.ts"
import type { BeatChannel } from "../../services/BeatChannel.ts"
import type { ClusterConfig } from "../../services/ClusterConfig.ts"
import type { Discovery, DiscoveryService, Place } from "../../services/Discovery.ts"
import type { MessageQueues } from "../../services/MessageQueues.ts"
import type { NodeIdentity } from "../../services/NodeIdentity.ts"
import { LinkError, type PeerLinks } from "../../services/PeerLinks.ts"

/** Of links over any protocol of this machine. */
export interface LinkOptions {
  /** One of this machine's IPv4 addresses: links are taken there, and dialled from there. */
  readonly address: string
  /** The port, exactly; 0: any free one. Without it the protocol's one of `usualPorts`, or any free one where that is taken. */
  readonly port?: number | undefined
  /** How this node writes frames; it reads both. Default: `msgpack`. */
  readonly format?: Format | undefined
}

/** What links are made of: everything else that a node has. */
export type LinkNeeds = NodeIdentity | ClusterConfig | Application | BeatChannel | MessageQueues | Discovery
export type LinksLayer = Layer.Layer<PeerLinks, LinkError, LinkNeeds>

/** 128 bits in hex, never the same twice. */
export const nonce = (): string => randomBytes(16).toString("hex")

/** Tells all nodes of the place, while in scope. */
export const announce = (discovery: DiscoveryService, place: Place): Effect.Effect<void, LinkError, Scope.Scope> =>
  Effect.mapError(discovery.announce(place), ({ detail, reason }) => new LinkError({ reason, detail }))

/** All IPv4 addresses of this machine. */
export const ownAddresses = (): ReadonlyArray<string> =>
  Object.values(networkInterfaces())
    .flatMap((infos) => infos ?? [])
    .filter((info) => info.family === "IPv4")
    .map((info) => info.address)

/** The port that a server has come to listen at. `backlog`: of connections that it has not taken yet. */
export const listen = (
  server: Server,
  host: string,
  port: number,
  backlog?: number
): Effect.Effect<number, NodeJS.ErrnoException> =>
  Effect.async((resume) => {
    const failed = (error: NodeJS.ErrnoException) => resume(Effect.fail(error))
    server.once("error", failed)
    server.listen({ host, port, exclusive: true, backlog }, () => {
      server.off("error", failed)
      resume(Effect.succeed((server.address() as AddressInfo).port))
    })
  })

/** Of what became of binding a socket. */
export const linkError = (
  protocol: string,
  { address, port }: { readonly address: string; readonly port?: number | undefined },
  error: NodeJS.ErrnoException
): LinkError => {
  const because = (reason: LinkError["reason"], detail: string) => new LinkError({ reason, detail })
  const place = `${protocol} port ${port} of ${address}`
  switch (error.code) {
    case "EADDRINUSE":
      return because("port", `${place} is taken by another program. Choose another, or none: then a free one is found.`)
    case "EACCES":
      return because("port", `${place} may not be used by this account. Choose one above 1023.`)
    case "EADDRNOTAVAIL":
      return because(
        "address",
        `${address} is not an address of this machine, which has ${ownAddresses().join(", ")}. Choose one of them.`
      )
    default:
      return because("network", `No links can be taken at ${address}: ${error.message}`)
  }
}
