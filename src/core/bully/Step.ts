/**
 * The bully election's step function: one input in, the next state and what it wants done out. No clock, no I/O.
 */
import type { BullyMessage } from "../../protocol/Bully.ts"
import type { PeerId } from "../../protocol/Ids.ts"
import * as Reigns from "../../protocol/Reign.ts"
import { Draft } from "./Draft.ts"
import type { Input, Moment, Output, State, TimerName } from "./State.ts"
import { hosts, isLive, livePeers } from "./State.ts"
import * as Weight from "./Weight.ts"

export const step = (
  state: State,
  input: Input,
  moment: Moment
): { readonly state: State; readonly outputs: ReadonlyArray<Output> } => {
  const draft = new Draft(state, moment)
  switch (input._tag) {
    case "start":
      draft.enter({ _tag: "listening" }, state.options.listenMs)
      break
    case "up":
      onUp(draft, input.peer, input.preempts)
      break
    case "down":
      onDown(draft, input.peer, input.left)
      break
    case "suspected":
      draft.peer(input.peer, { live: false })
      onLoss(draft, input.peer, "silence")
      break
    case "recovered":
      draft.peer(input.peer, { live: true, refused: false, upSince: moment.now })
      onReturn(draft, input.peer)
      break
    case "reported":
      onReported(draft, input.peer, input.reign)
      break
    case "received":
      onMessage(draft, input.from, input.message)
      break
    case "timer":
      onTimer(draft, input.name)
      break
    case "stalled":
      onStalled(draft)
      break
    case "hand-over":
      if (draft.state.phase._tag === "hosting" && state.accepted !== null && isLive(state, input.to)) {
        draft.enter({ _tag: "handing", to: input.to }, state.options.handoverMs)
        draft.send(input.to, { _tag: "hand-over", reign: Reigns.ref(state.accepted), to: input.to, cuts: input.cuts })
      }
      break
    case "take-over":
      if (Reigns.equals(state.accepted, input.over) && state.phase._tag === "following") {
        draft.claim("handover", [Reigns.ref(input.over)])
      }
      break
  }
  return { state: draft.state, outputs: draft.outputs }
}

// -------------------------------------------------------------------- links

const onUp = (draft: Draft, id: PeerId, preempts: boolean): void => {
  const peers = new Map(draft.state.peers)
  peers.set(id, { live: true, preempts, upSince: draft.moment.now, reported: null, toldAt: -Infinity, refused: false })
  draft.set({ peers })
  onReturn(draft, id)
}

/** A peer is there (again): a host tells it, a claimant needs its answer too, a node that gave its host up takes it back. */
const onReturn = (draft: Draft, id: PeerId): void => {
  const { accepted, cause, phase } = draft.state
  switch (phase._tag) {
    case "hosting":
      draft.tell(id)
      draft.outputs.push({ _tag: "timer", name: "repeat", ms: draft.state.options.repeatMs })
      draft.armPreemption()
      break
    case "claiming":
      draft.send(id, { _tag: "coordinator", reign: phase.reign, cause: phase.cause, over: phase.over })
      break
    case "electing":
    case "awaiting":
    case "waiting":
      if (accepted !== null && accepted.host === id && phase._tag !== "waiting") {
        draft.follow(accepted, cause, draft.state.over)
      }
      break
  }
}

const onDown = (draft: Draft, id: PeerId, left: boolean): void => {
  if (left) draft.set({ departed: new Set(draft.state.departed).add(id) })
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
      break
    case "claiming":
      draft.settleClaim()
      break
    case "electing":
    case "awaiting":
      // Nobody higher is left to wait for.
      if (livePeers(draft.state).every((other) => other < draft.state.self)) draft.claim(draft.state.lossCause)
      break
    case "handing":
      if (phase.to === id) takeBack(draft)
      break
    case "verifying":
      verified(draft, id)
      break
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
  }
}

const askReign = (draft: Draft, id: PeerId): void => {
  draft.set({ nonce: draft.state.nonce + 1 })
  draft.send(id, { _tag: "reign-query", nonce: draft.state.nonce })
}

// -------------------------------------------------------------------- time-outs

const onTimer = (draft: Draft, name: TimerName): void => {
  switch (name) {
    case "repeat":
      return draft.repeat()
    case "preempt":
      return draft.wishPreemption()
    case "probe":
      return onProbeTimeout(draft)
    case "phase":
      return onPhaseTimeout(draft)
  }
}

const onPhaseTimeout = (draft: Draft): void => {
  const { phase } = draft.state
  switch (phase._tag) {
    case "listening":
    case "awaiting":
    case "waiting":
      return draft.elect()
    case "electing":
      return draft.claim(draft.state.lossCause)
    case "claiming":
      // Whoever beats but does not answer is found down.
      for (const id of livePeers(draft.state)) {
        if (!phase.accepted.has(id)) {
          draft.outputs.push({ _tag: "abandon", peer: id })
          draft.peer(id, { live: false })
        }
      }
      return draft.settleClaim()
    case "handing":
    case "yielding":
      return takeBack(draft)
    case "verifying":
      return draft.enter({ _tag: "hosting" }, null)
  }
}

/** What was offered was not taken: this node's reign goes on, above whatever the other may have claimed meanwhile. */
const takeBack = (draft: Draft): void => {
  const { accepted } = draft.state
  if (accepted === null) return draft.elect()
  draft.see(draft.state.highest + 1)
  draft.claim("handover", [Reigns.ref(accepted)])
}

const onProbeTimeout = (draft: Draft): void => {
  const { accepted, options, pending, phase } = draft.state
  if (accepted === null || phase._tag !== "following") return
  if (draft.hostAlive && draft.moment.silentMs(accepted.host) < options.probeMs) {
    if (pending !== null) draft.refuse(pending.from, pending.reign)
    draft.set({ pending: null })
  } else draft.lose("silence")
}

// -------------------------------------------------------------------- stalls

const onStalled = (draft: Draft): void => {
  const { phase } = draft.state
  if (phase._tag !== "hosting") return
  const live = livePeers(draft.state)
  if (live.length === 0) return
  draft.set({ nonce: draft.state.nonce + 1 })
  draft.enter(
    { _tag: "verifying", nonce: draft.state.nonce, missing: new Set(live) },
    draft.state.options.coordinatorMs
  )
  for (const id of live) draft.send(id, { _tag: "reign-query", nonce: draft.state.nonce })
}

const verified = (draft: Draft, id: PeerId): void => {
  const { phase } = draft.state
  if (phase._tag !== "verifying") return
  const missing = new Set(phase.missing)
  missing.delete(id)
  if (missing.size > 0) draft.set({ phase: { ...phase, missing } })
  else draft.enter({ _tag: "hosting" }, null)
}

// -------------------------------------------------------------------- messages

const onMessage = (draft: Draft, from: PeerId, message: BullyMessage): void => {
  switch (message._tag) {
    case "election":
      return onElection(draft, from, message.epoch)
    case "ok":
      if (draft.state.phase._tag === "electing" && from > draft.state.self) {
        draft.enter({ _tag: "awaiting" }, draft.state.options.coordinatorMs)
      }
      return
    case "coordinator":
      return onCoordinator(draft, from, message)
    case "accepted":
      return onAccepted(draft, from, message.reign)
    case "refused":
      return onRefused(draft, from, message)
    case "reign-query":
      return draft.send(from, { _tag: "reign-answer", nonce: message.nonce, reign: draft.state.accepted })
    case "reign-answer":
      return onReignAnswer(draft, from, message)
    case "probe":
      // Only who hosts answers as a host.
      if (draft.state.phase._tag === "hosting" || draft.state.phase._tag === "handing") {
        draft.send(from, { _tag: "probe-answer", nonce: message.nonce })
      }
      return
    case "probe-answer":
      if (draft.state.accepted?.host === from) {
        if (draft.state.pending !== null) draft.refuse(draft.state.pending.from, draft.state.pending.reign)
        draft.set({ pending: null })
        draft.outputs.push({ _tag: "cancel", name: "probe" })
      }
      return
    case "withdrawn":
      if (Reigns.equals(draft.state.accepted, message.reign) && draft.state.phase._tag === "following") draft.wait()
      return
    case "heal-offer":
      return onHealOffer(draft, from, message)
    case "heal-yield":
      return onHealYield(draft, from, message)
    case "hand-over":
      if (
        message.to === draft.state.self && draft.state.phase._tag === "following"
        && from === draft.state.accepted?.host && Reigns.equals(draft.state.accepted, message.reign)
      ) {
        draft.outputs.push({ _tag: "offer", reign: message.reign, cuts: message.cuts })
      }
      return
  }
}

type MessageOf<T extends BullyMessage["_tag"]> = Extract<BullyMessage, { readonly _tag: T }>

const onElection = (draft: Draft, from: PeerId, epoch: number): void => {
  draft.see(epoch)
  const { phase, self } = draft.state
  if (phase._tag === "hosting") return draft.tell(from)
  if (from > self) return
  draft.send(from, { _tag: "ok", epoch: draft.state.highest })
  if (phase._tag !== "following") return
  // It has lost the host that this node still sees: perhaps its death has just not arrived here.
  probeHost(draft)
}

const probeHost = (draft: Draft): void => {
  const { accepted } = draft.state
  if (accepted === null) return
  draft.set({ nonce: draft.state.nonce + 1 })
  draft.send(accepted.host, { _tag: "probe", nonce: draft.state.nonce })
  draft.outputs.push({ _tag: "timer", name: "probe", ms: draft.state.options.probeMs })
}

const onCoordinator = (draft: Draft, from: PeerId, message: MessageOf<"coordinator">): void => {
  const { cause, over, reign } = message
  // A claim is made by the claimant itself.
  if (reign.host !== from) return
  draft.see(reign.epoch)
  const { accepted, phase, self } = draft.state
  draft.peer(from, { live: true, reported: Reigns.ref(reign) })
  if (accepted !== null && Reigns.equals(accepted, reign)) {
    draft.send(from, { _tag: "accepted", reign: Reigns.ref(reign) })
    if (phase._tag !== "following") draft.follow(accepted, cause, over)
    return
  }
  if (accepted !== null && reign.epoch <= accepted.epoch) {
    draft.refuse(from, reign)
    if (phase._tag === "hosting") draft.offerHeal(from)
    return
  }
  const consented = accepted === null || accepted.host === from || over.some((ref) => Reigns.equals(ref, accepted))
  if (consented) return draft.follow(reign, cause, over)
  switch (phase._tag) {
    case "hosting":
    case "handing":
      // Without its majority this node ordered nothing that anybody was shown: the newer reign stands.
      if (draft.state.options.quorum && !hosts(draft.state)) return draft.follow(reign, cause, over)
      // Two hosts that did not know of each other: they negotiate.
      draft.refuse(from, reign)
      return draft.offerHeal(from)
    case "claiming":
      // The later claim wins; of two for one epoch, the higher node's.
      if (Reigns.compare(reign, phase.reign) < 0 || (reign.epoch === phase.reign.epoch && from < self)) {
        return draft.refuse(from, reign)
      }
      return draft.follow(reign, cause, over)
    case "following":
      if (!draft.hostAlive) return draft.follow(reign, cause, over)
      draft.set({ pending: { from, reign, cause, over } })
      return probeHost(draft)
    default:
      return draft.follow(reign, cause, over)
  }
}

const onAccepted = (draft: Draft, from: PeerId, reign: Reigns.ReignRef): void => {
  draft.peer(from, { reported: reign, refused: false })
  const { phase } = draft.state
  if (phase._tag === "claiming" && Reigns.equals(phase.reign, reign)) {
    draft.set({ phase: { ...phase, accepted: new Set(phase.accepted).add(from) } })
    draft.settleClaim()
  }
}

const onRefused = (draft: Draft, from: PeerId, message: MessageOf<"refused">): void => {
  const { accepted, phase, self } = draft.state
  const other = message.reign
  if (other !== null) draft.see(other.epoch)
  if (phase._tag === "claiming" && Reigns.equals(phase.reign, message.claimed)) {
    if (other === null) return
    if (message.hostLive && other.host !== self) {
      // Somebody hosts, though this node cannot see it; unless that somebody has just accepted this claim.
      if (phase.accepted.has(other.host)) return draft.claim(phase.cause, [Reigns.ref(other)])
      return draft.wait()
    }
    if (other.epoch >= phase.reign.epoch) draft.claim(phase.cause)
    return
  }
  if (phase._tag === "hosting" && Reigns.equals(accepted, message.claimed) && other !== null && accepted !== null) {
    draft.peer(from, { reported: Reigns.ref(other), refused: true })
    if (message.hostLive && other.host !== self) {
      if (isLive(draft.state, other.host)) draft.offerHeal(other.host)
    } else if (Reigns.compare(other, accepted) > 0) {
      // It accepted a claim that came to nothing: this reign goes on above it.
      draft.claim("heal", [Reigns.ref(accepted), Reigns.ref(other)])
    }
  }
}

const onReignAnswer = (draft: Draft, from: PeerId, message: MessageOf<"reign-answer">): void => {
  const { accepted, phase } = draft.state
  const { reign } = message
  if (reign !== null) {
    draft.see(reign.epoch)
    draft.peer(from, { reported: Reigns.ref(reign) })
    const newer = accepted === null || reign.epoch > accepted.epoch
    if (newer && reign.host !== draft.state.self && (phase._tag === "verifying" || phase._tag === "following")) {
      if (isLive(draft.state, reign.host)) return draft.follow(reign, "crash", [])
      if (phase._tag === "verifying") return draft.wait()
      return
    }
  }
  if (phase._tag === "verifying" && phase.nonce === message.nonce) verified(draft, from)
}

const onHealOffer = (draft: Draft, from: PeerId, message: MessageOf<"heal-offer">): void => {
  const { accepted, options, phase } = draft.state
  draft.see(message.reign.epoch)
  if (phase._tag !== "hosting" || accepted === null || message.reign.host !== from) return
  if (Reigns.equals(accepted, message.reign)) return
  const mine = { reign: Reigns.ref(accepted), weight: draft.weight }
  if (Weight.compare(mine, message) < 0) {
    draft.send(from, { _tag: "heal-yield", reign: mine.reign, to: message.reign })
    draft.enter({ _tag: "yielding" }, options.coordinatorMs)
  } else {
    const peer = draft.state.peers.get(from)
    // Answered once in a while only, or two hosts would talk for ever.
    if (peer !== undefined && draft.moment.now - peer.toldAt >= options.repeatMs) {
      draft.peer(from, { toldAt: draft.moment.now })
      draft.offerHeal(from)
    }
  }
}

const onHealYield = (draft: Draft, from: PeerId, message: MessageOf<"heal-yield">): void => {
  const { accepted, phase } = draft.state
  draft.see(message.reign.epoch)
  if (accepted === null || !Reigns.equals(accepted, message.to) || message.reign.host !== from) return
  // Both may have given way, by figures that crossed: then the higher reign takes it.
  const mine = phase._tag === "hosting" || (phase._tag === "yielding" && Reigns.compare(accepted, message.reign) > 0)
  if (mine) draft.claim("heal", [Reigns.ref(accepted), Reigns.ref(message.reign)])
}
