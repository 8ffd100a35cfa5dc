/** A host that did not run for a while asks its peers for their reigns before it goes on. */
import type { PeerId } from "../../protocol/Ids.ts"
import type { Draft } from "./Draft.ts"
import { livePeers } from "./State.ts"

/** Whoever hosted, or was about to, may have been deposed meanwhile. */
export const onStalled = (draft: Draft): void => {
  const { phase } = draft.state
  const offered = phase._tag === "handing" || phase._tag === "yielding"
  if (phase._tag === "claiming") return draft.wait()
  if (phase._tag !== "hosting" && !offered) return
  const live = livePeers(draft.state)
  if (live.length === 0) return
  draft.set({ nonce: draft.state.nonce + 1 })
  draft.enter(
    { _tag: "verifying", nonce: draft.state.nonce, missing: new Set(live), offered },
    draft.state.options.coordinatorMs
  )
  for (const id of live) draft.send(id, { _tag: "reign-query", nonce: draft.state.nonce })
}

/** The peer has answered, or is gone. */
export const verified = (draft: Draft, id: PeerId): void => {
  const { phase } = draft.state
  if (phase._tag !== "verifying") return
  const missing = new Set(phase.missing)
  missing.delete(id)
  if (missing.size > 0) draft.set({ phase: { ...phase, missing } })
  else settleVerification(draft, phase.offered)
}

/** Nobody knows of a newer reign. One that was offered to another goes on under a new epoch only. */
export const settleVerification = (draft: Draft, offered: boolean): void => offered ? draft.takeBack() : draft.resume()
