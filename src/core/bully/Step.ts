/**
 * The bully election's step function: one input in, the next state and what it wants done out. No clock, no I/O.
 *
 * Here: links and time-outs. What peers say is in `Messages`, what follows a stall in `Verification`.
 */
import type { PeerId } from "../../protocol/Ids.ts"
import * as Reigns from "../../protocol/Reign.ts"
import { Draft } from "./Draft.ts"
import { onMessage } from "./Messages.ts"
import type { Input, Moment, Output, State, TimerName } from "./State.ts"
import { isLive, livePeers, reigns } from "./State.ts"
import { onStalled, settleVerification, verified } from "./Verification.ts"

export const step = (
  state: State,
  input: Input,
  moment: Moment
): { readonly state: State; readonly outputs: ReadonlyArray<Output> } => {
  const draft = new Draft(state, moment)
  onInput(draft, input)
  return { state: draft.state, outputs: draft.outputs }
}

const onInput = (draft: Draft, input: Input): void => {
  const { moment, state } = draft
  switch (input._tag) {
    case "start":
      return draft.enter({ _tag: "listening" }, state.options.listenMs)
    case "up":
      return onUp(draft, input.peer, input.preempts)
    case "down":
      return onDown(draft, input.peer, input.left)
    case "suspected":
      // What it said before it fell silent is not to be relied on: it may follow somebody else when it is back.
      draft.peer(input.peer, { live: false, reported: null })
      return onLoss(draft, input.peer, "silence")
    case "recovered":
      draft.peer(input.peer, { live: true, refused: false, upSince: moment.now })
      return onReturn(draft, input.peer)
    case "reported":
      return onReported(draft, input.peer, input.reign)
    case "received":
      // What comes from a peer whose link is not up yet, or no more, is said again over the next one.
      if (state.peers.has(input.from)) onMessage(draft, input.from, input.message)
      return
    case "timer":
      return onTimer[input.name](draft)
    case "stalled":
      return onStalled(draft)
    case "hand-over":
      if (state.phase._tag === "hosting" && state.accepted !== null && isLive(state, input.to)) {
        draft.enter({ _tag: "handing", to: input.to }, state.options.handoverMs)
        draft.send(input.to, { _tag: "hand-over", reign: Reigns.ref(state.accepted), to: input.to, cuts: input.cuts })
      }
      return
    case "take-over":
      if (Reigns.equals(state.accepted, input.over) && state.phase._tag === "following") {
        draft.claim("handover", [Reigns.ref(input.over)])
      }
  }
}

// -------------------------------------------------------------------- links

const onUp = (draft: Draft, id: PeerId, preempts: boolean): void => {
  const peers = new Map(draft.state.peers)
  peers.set(id, {
    live: true,
    preempts,
    upSince: draft.moment.now,
    reported: null,
    toldAt: -Infinity,
    unanswered: 0,
    refused: false
  })
  const departed = new Set(draft.state.departed)
  departed.delete(id)
  draft.set({ peers, departed })
  onReturn(draft, id)
}

/** A peer is there (again): a host tells it, a claimant needs its answer too, a node that gave its host up takes it back. */
const onReturn = (draft: Draft, id: PeerId): void => {
  const { accepted, phase } = draft.state
  switch (phase._tag) {
    case "hosting":
      draft.tell(id)
      draft.outputs.push({ _tag: "timer", name: "repeat", ms: draft.state.options.repeatMs })
      return draft.armPreemption()
    case "claiming":
      return draft.sendClaim(id)
    case "electing":
    case "awaiting":
    case "waiting":
      if (accepted?.host === id) draft.rejoin()
  }
}

const onDown = (draft: Draft, id: PeerId, left: boolean): void => {
  if (left) {
    const departed = new Set(draft.state.departed).add(id)
    // Of no more can a reign's members be: the oldest make room.
    for (const oldest of departed) if (departed.size > Reigns.membersMax) departed.delete(oldest)
    draft.set({ departed })
  }
  const peers = new Map(draft.state.peers)
  peers.delete(id)
  draft.set({ peers })
  onLoss(draft, id, "crash")
}

const onLoss = (draft: Draft, id: PeerId, cause: "crash" | "silence"): void => {
  const { accepted, phase } = draft.state
  switch (phase._tag) {
    case "following":
      if (accepted?.host === id) draft.lose(cause)
      else if (draft.state.pending?.from === id) draft.set({ pending: null })
      return
    case "claiming": {
      const holding = new Map(phase.holding)
      holding.delete(id)
      draft.set({ phase: { ...phase, holding } })
      return draft.settleClaim()
    }
    case "electing":
    case "awaiting":
      // Nobody higher is left to wait for.
      if (livePeers(draft.state).every((other) => other < draft.state.self)) draft.claim(draft.state.lossCause)
      return
    case "hosting":
      return draft.renewMembers()
    case "handing":
      if (phase.to === id) draft.takeBack()
      return
    case "yielding":
      if (phase.to.host === id) draft.takeBack()
      return
    case "verifying":
      return verified(draft, id)
  }
}

const onReported = (draft: Draft, id: PeerId, reign: Reigns.ReignRef | null): void => {
  draft.peer(id, { reported: reign })
  const { accepted, phase } = draft.state
  if (reign !== null) draft.see(reign.epoch)
  if (phase._tag === "hosting" && isLive(draft.state, id) && !Reigns.equals(reign, accepted)) draft.repeat()
  else if (phase._tag === "following" && accepted?.host === id && reign !== null && reign.epoch > accepted.epoch) {
    // The host follows somebody else by now: ask whom.
    askReign(draft, id)
  } else if (reign?.host === draft.state.self && !reigns(draft.state)) draft.send(id, { _tag: "withdrawn", reign })
}

const askReign = (draft: Draft, id: PeerId): void => {
  draft.set({ nonce: draft.state.nonce + 1 })
  draft.send(id, { _tag: "reign-query", nonce: draft.state.nonce })
}

// -------------------------------------------------------------------- time-outs

const onPhaseTimeout = (draft: Draft): void => {
  const { phase } = draft.state
  switch (phase._tag) {
    case "awaiting":
    case "waiting":
      return draft.rejoin() ? undefined : draft.elect()
    case "listening":
      return draft.elect()
    case "electing":
      return draft.claim(draft.state.lossCause)
    case "claiming":
      // Whoever beats but does not answer is found down.
      for (const id of livePeers(draft.state)) {
        if (!phase.accepted.has(id) && !phase.holding.has(id) && !phase.aside.has(id)) {
          draft.outputs.push({ _tag: "abandon", peer: id })
          draft.peer(id, { live: false })
        }
      }
      draft.settleClaim()
      // Hosts that others hold to had all the time to answer.
      if (draft.state.phase === phase) {
        for (const { host } of phase.holding.values()) draft.outputs.push({ _tag: "renew", peer: host })
        draft.wait()
      }
      return
    case "handing":
    case "yielding":
      return draft.takeBack()
    case "verifying":
      return settleVerification(draft, phase.offered)
  }
}

const onProbeTimeout = (draft: Draft): void => {
  const { accepted, options, pending, phase } = draft.state
  if (accepted === null || phase._tag !== "following") return
  if (draft.hostAlive && draft.moment.silentMs(accepted.host) < options.probeMs) {
    if (pending !== null) draft.refuse(pending.from, pending.reign)
    draft.set({ pending: null })
  } else draft.lose("silence")
}

const onTimer: { readonly [name in TimerName]: (draft: Draft) => void } = {
  repeat: (draft) => draft.repeat(),
  preempt: (draft) => draft.wishPreemption(),
  probe: onProbeTimeout,
  phase: onPhaseTimeout
}
