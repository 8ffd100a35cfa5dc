/**
 * Links that say nothing although their peers are heard otherwise: a stream that lost much waits ever longer before it
 * tries again, for seconds after the network is back. Such a link is to be made anew.
 */
import type { PeerId } from "../../protocol/Ids.ts"

/** Longer than an election takes, and than a leader goes without a word of a follower that is well; in milliseconds. */
export const muteMs = 250
/** A new link is up, and speaks, sooner than this; in milliseconds. */
const againMs = 500

export class MuteLinks {
  /** When each of them is to be made anew; monotonic milliseconds. */
  private dueAt = new Map<PeerId, number>()

  /** Of the peers that are mute now, those whose links are to be made anew: whoever has been so all along, and not just been told. */
  next(mute: Iterable<PeerId>, now: number): ReadonlyArray<PeerId> {
    const before = this.dueAt
    this.dueAt = new Map()
    const due: Array<PeerId> = []
    for (const peer of mute) {
      const dueAt = before.get(peer) ?? now + muteMs
      if (now >= dueAt) due.push(peer)
      this.dueAt.set(peer, now >= dueAt ? now + againMs : dueAt)
    }
    return due
  }
}
