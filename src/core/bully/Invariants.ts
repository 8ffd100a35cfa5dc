/** What must hold of an election's state after every step, whatever happened and whatever peers said. */
import type { PeerId } from "../../protocol/Ids.ts"
import * as Reigns from "../../protocol/Reign.ts"
import { livePeers, type State } from "./State.ts"

/** What does not hold; empty where all is well. */
export const invariants = (state: State): ReadonlyArray<string> => {
  const { accepted, departed, highest, newest, peers, self } = state
  const broken: Array<string> = []
  const must = (holds: boolean, what: string): unknown => holds || broken.push(what)
  must(!peers.has(self), "a node is no peer of its own")
  must(departed.size <= Reigns.membersMax, "no more goodbyes are remembered than a reign has members")
  if (accepted !== null) {
    must(highest >= accepted.epoch, "the accepted reign's epoch has been seen")
    must(newest !== null && Reigns.compare(newest, accepted) >= 0, "no newest reign is older than the accepted one")
  }
  must(newest === null || highest >= newest.epoch, "the newest reign's epoch has been seen")
  inPhase(state, must)
  return broken
}

const inPhase = (state: State, must: (holds: boolean, what: string) => unknown): void => {
  const { accepted, highest, peers, phase, self } = state
  const knows = (id: PeerId): boolean => peers.has(id)
  const isMine = accepted !== null && accepted.host === self
  switch (phase._tag) {
    case "following":
      must(accepted !== null && !isMine && !state.void, "who follows has accepted another's reign that stands")
      break
    case "electing":
    case "awaiting":
      must(livePeers(state).some((id) => id > self), "a higher peer lives that is waited for")
      break
    case "claiming":
      must(phase.reign.host === self && phase.reign.epoch <= highest, "a claim is a node's own, and has been seen")
      must(accepted === null || phase.reign.epoch > accepted.epoch, "a claim is above what was accepted")
      must([...phase.holding.keys()].every(knows), "only peers hold to other hosts")
      break
    case "hosting":
      must(isMine, "who hosts has accepted its own reign")
      break
    case "handing":
      must(isMine && knows(phase.to), "a host hands its own reign to a peer")
      break
    case "yielding":
      must(isMine && knows(phase.to.host), "a host yields its own reign to a peer's")
      break
    case "verifying":
      must(isMine && [...phase.missing].every(knows), "a host verifies its own reign with peers")
      break
    case "listening":
    case "waiting":
      break
  }
}
