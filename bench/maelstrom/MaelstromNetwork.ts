/** The network that a Maelstrom workbench simulates, as one of its nodes has it. */
import { Context, type Effect } from "effect"

/** What another node sent: the frame of a link, to be validated. */
export interface PeerFrame {
  readonly src: string
  readonly frame: unknown
  /** Of the line that it came in. */
  readonly bytes: number
}

export interface MaelstromNetworkService {
  /** What this node is called. */
  readonly self: string
  /** All nodes of the cluster, this one included. */
  readonly nodes: ReadonlyArray<string>
  /**
   * Hands a message to the network, which may lose, delay, double and reorder it. `body` is JSON. False: it was dropped
   * at once, since the workbench does not take what waits already.
   */
  readonly send: (dest: string, body: string) => boolean
  /** All that other nodes' frames wait, at least one, in order of arrival. For one taker. */
  readonly take: Effect.Effect<ReadonlyArray<PeerFrame>>
}

export class MaelstromNetwork
  extends Context.Tag("hostless/MaelstromNetwork")<MaelstromNetwork, MaelstromNetworkService>()
{}
