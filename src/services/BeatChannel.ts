/** Small datagrams for beats, lost now and then. Where a transport has none, beats are frames on the link. */
import { Context, type Effect } from "effect"
import type { Beat } from "../protocol/Beat.ts"
import type { Peer } from "./PeerLinks.ts"

export interface Beats {
  /** Where this node takes datagrams, or null where it takes none. */
  readonly port: number | null
  /** Sends, or does nothing; never fails, never waits. False when there is no datagram way to the peer. */
  readonly send: (to: Peer, beat: Beat) => Effect.Effect<boolean>
  /** All beats that wait, at least one. One taker. What is no beat for this node is counted and dropped. */
  readonly take: Effect.Effect<ReadonlyArray<Beat>>
  readonly rejected: Effect.Effect<number>
}

export class BeatChannel extends Context.Tag("hostless/BeatChannel")<BeatChannel, Beats>() {}
