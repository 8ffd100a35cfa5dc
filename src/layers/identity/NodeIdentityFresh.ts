/** An identity that is new with every start. */
import { Layer } from "effect"
import { randomUUID } from "node:crypto"
import { hostname } from "node:os"
import { PeerId } from "../../protocol/Ids.ts"
import { NodeIdentity } from "../../services/NodeIdentity.ts"
import * as NodeIdentityFixed from "./NodeIdentityFixed.ts"

export interface Options {
  /** What people call the node, 1 to 48 printable characters. Default: the machine's name and the id's first digits. */
  readonly name?: string | undefined
}

/** A node's name unless it is given one. */
export const defaultName = (peerId: PeerId): string => {
  const machine = hostname().replace(/[\p{C}]/gu, "").split(".")[0]!.slice(0, 40)
  return `${machine === "" ? "node" : machine}-${peerId.slice(0, 4)}`
}

/** A UUID by the system's generator: Effect's has too short a seed, 32 bits. `accept` keeps nothing. */
export const layer = ({ name }: Options = {}): Layer.Layer<NodeIdentity> =>
  Layer.sync(NodeIdentity, () => {
    const peerId = PeerId.make(randomUUID())
    return NodeIdentityFixed.make({ peerId, name: name ?? defaultName(peerId) })
  })
