/** An identity that is given: for tests and simulations. Nothing is kept. */
import { Effect, Layer } from "effect"
import { PeerId } from "../../protocol/Ids.ts"
import { type Identity, NodeIdentity } from "../../services/NodeIdentity.ts"

export interface Options extends Partial<Omit<Identity, "peerId" | "accept">> {
  /** A lower-case UUID. */
  readonly peerId: string
}

/** The id as it is; by default named for its first digits, incarnation 0, no reign accepted before. */
export const make = (
  { acceptedBefore = null, incarnation = 0, peerId, name = `node-${peerId.slice(0, 4)}` }: Options
): Identity => ({ peerId: PeerId.make(peerId), name, incarnation, acceptedBefore, accept: () => Effect.void })

export const layer = (options: Options) => Layer.sync(NodeIdentity, () => make(options))
