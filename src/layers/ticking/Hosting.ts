/**
 * What a host knows during one reign.
 */
import { Followers } from "../../core/sync/Followers.ts"
import * as Sync from "../../core/sync/Sync.ts"
import type { PeerId } from "../../protocol/Ids.ts"
import { ref, type Reign, type ReignCause, type ReignRef } from "../../protocol/Reign.ts"

export interface Options extends Pick<Parameters<typeof Sync.initial>[0], "deposed" | "forgot" | "self" | "sinceMs"> {
  readonly reign: Reign
  readonly cause: ReignCause
  /** Whether it needs a majority. */
  readonly needsQuorum: boolean
  /** Monotonic milliseconds at which this node was stalled last, as far as it knows. */
  readonly knownStall: number
}

export class Hosting {
  readonly reign: ReignRef
  cause: ReignCause
  knownStall: number
  /** Monotonic milliseconds. */
  nextTickAt = 0
  sync: Sync.State
  readonly followers: Followers

  constructor({ cause, knownStall, needsQuorum, reign, ...rest }: Options) {
    const quorum = needsQuorum ? { members: reign.members, self: rest.self } : null
    this.reign = ref(reign)
    this.cause = cause
    this.knownStall = knownStall
    this.sync = Sync.initial({ ...rest, quorum })
    this.followers = new Followers(quorum)
  }

  /** Whether events are ordered. */
  get running(): boolean {
    return this.sync.stage === "over"
  }

  /** Who holds all that was shown before this reign, once that is known. */
  get holders(): ReadonlySet<PeerId> {
    return new Set(this.running ? [this.sync.self, ...this.followers.holders] : [])
  }
}
