/**
 * At most one link per peer: which connection becomes it. Pure.
 *
 * Of two nodes the one with the lower id dials. Where the higher one dials (it knows an address, but not who is there),
 * the link is taken as well. Which of two connections between the same nodes stays:
 * - The dialer has the say, at the welcome: it knows whether it has a link, so it gives a new connection up when it has,
 *   and a confirm replaces whatever link the acceptor still believes in (its half-open remains).
 * - When both dial at once, the lower one's connection goes first: each gives up the other as soon as it sees both.
 */
import type { Introduction } from "../../protocol/Handshake.ts"
import type { PeerId } from "../../protocol/Ids.ts"
import { membersMax } from "../../protocol/Reign.ts"
import type { Peer } from "../../services/PeerLinks.ts"
import type { Refusal, Role, Stage } from "./LinkProtocol.ts"

/** A handshake, and what its node knows of the other side. */
export interface Situation {
  readonly me: PeerId
  readonly role: Role
  readonly stage: Stage
  readonly other: Introduction
  /** The link that is up with the other's id. */
  readonly existing: Peer | null
  /** Whether that link came up only after this connection had begun. */
  readonly existingIsNewer: boolean
  readonly links: number
  readonly putOff: boolean
  /** Whether a dial of ours to the other has said hello and waits for the welcome. */
  readonly dialling: boolean
  /** Whether a dial of the other's has been welcomed here and waits for the confirm. */
  readonly dialled: boolean
}

const direction: Refusal = { reason: "direction", detail: "the lower id dials" }
const linked: Refusal = { reason: "duplicate", detail: "linked already" }

/** Why this connection is not to become the link, or null. */
export const judge = (situation: Situation): Refusal | null => {
  const { dialled, dialling, existing, existingIsNewer, links, me, other, putOff, role, stage } = situation
  if (existing === null && links >= membersMax - 1) {
    return { reason: "full", detail: `${membersMax} nodes are as many as there may be` }
  }
  if (putOff) return { reason: "later", detail: "given up a moment ago" }
  const first = (role === "dialer") === (me < other.peerId)
  switch (stage) {
    case "hello":
      if (existing !== null && !succeeds(other, existing)) {
        return { reason: "duplicate", detail: `a node with this id is linked already, from ${existing.address}` }
      }
      return !first && dialling ? direction : null
    case "welcome":
      if (existing !== null && other.incarnation <= existing.incarnation) return linked
      return !first && dialled ? direction : null
    case "confirm":
      return existing !== null && existingIsNewer && !first ? linked : null
  }
}

/** Whether an introduction may take the place of a link: the same process anew, or a later start of the same node. */
const succeeds = (other: Introduction, existing: Peer): boolean =>
  other.incarnation > existing.incarnation ||
  (other.incarnation === existing.incarnation && other.address === existing.address &&
    other.beatPort === existing.beatPort)
