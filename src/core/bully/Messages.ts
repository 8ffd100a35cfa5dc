/** What a node makes of what its peers say. */
import type { BullyMessage } from "../../protocol/Bully.ts"
import type { PeerId } from "../../protocol/Ids.ts"
import * as Reigns from "../../protocol/Reign.ts"
import type { Draft } from "./Draft.ts"
import type { Claiming } from "./State.ts"
import { hasQuorum, hosts, isLive, reigns } from "./State.ts"
import { verified } from "./Verification.ts"
import * as Weight from "./Weight.ts"

type MessageOf<T extends BullyMessage["_tag"]> = Extract<BullyMessage, { readonly _tag: T }>

export const onMessage = (draft: Draft, from: PeerId, message: BullyMessage): void => {
  const { accepted, pending, phase, self } = draft.state
  switch (message._tag) {
    case "election":
      return onElection(draft, from, message.epoch)
    case "hosted":
      return onHosted(draft, from, message.reign)
    case "ok":
      if (phase._tag === "electing" && from > self) {
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
      return draft.send(from, { _tag: "reign-answer", nonce: message.nonce, reign: accepted })
    case "reign-answer":
      return onReignAnswer(draft, from, message)
    case "probe":
      // Only who hosts answers as a host.
      if (phase._tag === "hosting" || phase._tag === "handing") {
        draft.send(from, { _tag: "probe-answer", nonce: message.nonce })
      }
      return
    case "probe-answer":
      if (accepted?.host === from) {
        if (pending !== null) draft.refuse(pending.from, pending.reign)
        for (const id of draft.state.askers) draft.send(id, { _tag: "hosted", reign: Reigns.ref(accepted) })
        draft.set({ pending: null, askers: new Set() })
        draft.outputs.push({ _tag: "cancel", name: "probe" })
      }
      return
    case "withdrawn":
      return onWithdrawn(draft, message.reign)
    case "heal-offer":
      return onHealOffer(draft, from, message)
    case "heal-yield":
      return onHealYield(draft, from, message)
    case "hand-over":
      if (
        message.to === self && phase._tag === "following" && from === accepted?.host
        && Reigns.equals(accepted, message.reign)
      ) {
        draft.outputs.push({ _tag: "offer", reign: message.reign, cuts: message.cuts })
      }
      return
  }
}

const onElection = (draft: Draft, from: PeerId, epoch: number): void => {
  draft.see(epoch)
  const { accepted, phase, self } = draft.state
  if (phase._tag === "hosting") return draft.tell(from)
  if (from > self) return
  draft.send(from, { _tag: "ok", epoch: draft.state.highest })
  if (phase._tag !== "following") return
  // A host that asks for an election has given its reign up.
  if (accepted?.host === from) {
    draft.set({ void: true })
    return draft.lose("silence")
  }
  // It has lost the host that this node still sees: perhaps its death has just not arrived here.
  draft.set({ askers: new Set(draft.state.askers).add(from) })
  draft.probeHost()
}

/** Somebody hosts, though this node cannot see it, or does not hear from it. */
const onHosted = (draft: Draft, from: PeerId, { epoch, host }: Reigns.ReignRef): void => {
  draft.see(epoch)
  const { phase, self } = draft.state
  const looking = phase._tag === "electing" || phase._tag === "awaiting" || phase._tag === "waiting"
  if (!looking || host === self) return
  draft.outputs.push(
    isLive(draft.state, host) ? { _tag: "renew", peer: host } : { _tag: "reach", peer: host, via: from }
  )
}

// -------------------------------------------------------------------- claims

const onCoordinator = (draft: Draft, from: PeerId, message: MessageOf<"coordinator">): void => {
  const { after, over, reign } = message
  // A claim is made by the claimant itself.
  if (reign.host !== from) return
  draft.see(reign.epoch)
  // It follows a newer one by now: this was long on its way.
  const { reported = null } = draft.state.peers.get(from) ?? {}
  if (reported !== null && Reigns.compare(reported, reign) > 0) return
  draft.peer(from, { reported: Reigns.ref(reign) })
  const { accepted, options, pending, phase } = draft.state
  if (Reigns.equals(accepted, reign)) {
    if (phase._tag === "following") draft.send(from, { _tag: "accepted", reign: Reigns.ref(reign) })
    else draft.follow(reign, message)
    return
  }
  if (accepted !== null && reign.epoch <= accepted.epoch) {
    draft.refuse(from, reign)
    return draft.offerHeal(from)
  }
  if (accepted !== null && (accepted.host === from || over.some((ref) => Reigns.equals(ref, accepted)))) {
    return draft.follow(reign, message)
  }
  // The claimant counts by members of an older reign than this node has accepted, or of another line.
  const outdated = options.quorum && accepted !== null && (after === null || Reigns.compare(after, accepted) < 0)
  draft.recognize(reign)
  const isForeign = !draft.isOfMyLine(reign)
  if (isForeign) draft.set({ foreign: reign })
  if (outdated || isForeign) {
    draft.refuse(from, reign)
    return draft.offerHeal(from)
  }
  switch (phase._tag) {
    case "hosting":
    case "handing":
      // Without its majority this node ordered nothing that anybody was shown: the newer reign stands.
      if (!hasQuorum(draft.state)) return draft.follow(reign, message)
      // Two hosts that did not know of each other: they negotiate.
      draft.refuse(from, reign)
      return draft.offerHeal(from)
    case "claiming":
      // The later claim wins; of two for one epoch, the higher node's.
      return Reigns.compare(reign, phase.reign) < 0 ? draft.refuse(from, reign) : draft.follow(reign, message)
    case "following":
      if (!draft.hostAlive) return draft.follow(reign, message)
      // Its host is being asked already.
      if (Reigns.equals(pending?.reign ?? null, reign)) return
      draft.set({ pending: { from, reign, cause: message.cause, over } })
      return draft.probeHost()
    default:
      return draft.follow(reign, message)
  }
}

const onAccepted = (draft: Draft, from: PeerId, reign: Reigns.ReignRef): void => {
  draft.peer(from, { reported: reign, unanswered: 0, refused: false })
  const { phase, self } = draft.state
  if (phase._tag === "claiming" && Reigns.equals(phase.reign, reign)) {
    const holding = new Map(phase.holding)
    holding.delete(from)
    draft.set({ phase: { ...phase, holding, accepted: new Set(phase.accepted).add(from) } })
    return draft.settleClaim()
  }
  if (reign.host !== self || reigns(draft.state)) return
  // The claim had come to nothing by the time it was accepted.
  draft.send(from, { _tag: "withdrawn", reign })
}

const onWithdrawn = (draft: Draft, reign: Reigns.ReignRef): void => {
  if (Reigns.equals(draft.state.pending?.reign ?? null, reign)) draft.set({ pending: null })
  if (!Reigns.equals(draft.state.accepted, reign)) return
  draft.set({ void: true })
  const { pending, phase } = draft.state
  if (phase._tag !== "following") return
  if (pending === null) draft.wait()
  else draft.follow(pending.reign, pending)
}

const onRefused = (draft: Draft, from: PeerId, message: MessageOf<"refused">): void => {
  draft.peer(from, { unanswered: 0 })
  if (message.reign !== null) draft.learn(from, message.reign)
  const { accepted, phase } = draft.state
  if (phase._tag === "claiming" && Reigns.equals(phase.reign, message.claimed)) {
    onClaimRefused(draft, from, message, phase)
  } else if (phase._tag === "hosting" && Reigns.equals(accepted, message.claimed)) onReignRefused(draft, from, message)
}

const onClaimRefused = (
  draft: Draft,
  from: PeerId,
  { hostLive, reign: other }: MessageOf<"refused">,
  phase: Claiming
): void => {
  const { accepted, options, self } = draft.state
  if (other === null) return
  if (!draft.isOfMyLine(other) && !phase.reign.members.includes(from)) {
    // Once there is a host here again, the two hosts negotiate.
    draft.set({ phase: { ...phase, aside: new Set(phase.aside).add(from) } })
    return draft.settleClaim()
  }
  if (!hostLive || other.host === self) {
    // Another has this epoch, or this claim was counted by members of too old a reign.
    const outdated = options.quorum && !Reigns.equals(draft.state.newest, phase.after)
    if (other.epoch >= phase.reign.epoch || outdated) {
      draft.claim(phase.cause, phase.over)
    } else if (options.quorum && !phase.reign.members.includes(from)) {
      draft.set({ phase: { ...phase, aside: new Set(phase.aside).add(from) } })
      draft.settleClaim()
    }
    return
  }
  if (other.host === from) {
    // The host itself says so.
    if (Reigns.equals(other, accepted)) return draft.follow(other, draft.state)
    return isNewer(other, accepted) ? draft.follow(other, { cause: "silence", over: [] }) : draft.wait()
  }
  // Somebody hosts, though this node cannot see it.
  if (!isLive(draft.state, other.host)) {
    draft.outputs.push({ _tag: "reach", peer: other.host, via: from })
    return draft.wait()
  }
  draft.set({ phase: { ...phase, holding: new Map(phase.holding).set(from, Reigns.ref(other)) } })
  draft.settleClaim()
}

const isNewer = (reign: Reigns.ReignRef, than: Reigns.ReignRef | null): boolean =>
  than === null || reign.epoch > than.epoch

const onReignRefused = (draft: Draft, from: PeerId, { hostLive, reign: other }: MessageOf<"refused">): void => {
  const { accepted, self } = draft.state
  if (other === null || accepted === null) return
  draft.peer(from, { reported: Reigns.ref(other), refused: true })
  if (hostLive && other.host !== self) {
    if (isLive(draft.state, other.host)) draft.offerHeal(other.host)
    else draft.outputs.push({ _tag: "reach", peer: other.host, via: from })
  } else if (other.epoch >= accepted.epoch) {
    // It is bound to a reign whose host it does not see, maybe a claim that came to nothing: this one goes on above it.
    draft.goOnAbove("heal")
  }
}

const onReignAnswer = (draft: Draft, from: PeerId, message: MessageOf<"reign-answer">): void => {
  const { reign } = message
  if (reign !== null) {
    draft.learn(from, reign)
    draft.peer(from, { reported: Reigns.ref(reign) })
    const { accepted, phase, self } = draft.state
    const concerned = phase._tag === "verifying" || (phase._tag === "following" && accepted?.host === from)
    if (concerned && draft.isOfMyLine(reign) && reign.host !== self && isNewer(reign, accepted)) {
      if (isLive(draft.state, reign.host)) return draft.follow(reign, { cause: "silence", over: [] })
      // Whoever hosts now is out of this node's sight.
      draft.set({ void: true })
      return draft.wait()
    }
  }
  const { phase } = draft.state
  if (phase._tag === "verifying" && phase.nonce === message.nonce) verified(draft, from)
}

// -------------------------------------------------------------------- healing

const onHealOffer = (draft: Draft, from: PeerId, message: MessageOf<"heal-offer">): void => {
  draft.see(message.reign.epoch)
  const { accepted, options } = draft.state
  if (!hosts(draft.state) || accepted === null || message.reign.host !== from) return
  const mine = Reigns.ref(accepted)
  if (Reigns.equals(message.lighter, mine)) return giveWay(draft, from, message.reign)
  if (Reigns.compare(mine, message.reign) < 0) return draft.offerHeal(from)
  // With a quorum a majority of the other's members has left it for this reign, if they are of the same cluster at all.
  const succeeded = options.quorum && accepted.members.includes(from)
  const heavier = succeeded || Weight.compare({ reign: mine, weight: draft.weight }, message) > 0
  return heavier ? draft.offerHeal(from, message.reign) : giveWay(draft, from, message.reign)
}

const giveWay = (draft: Draft, to: PeerId, reign: Reigns.ReignRef): void => {
  draft.send(to, { _tag: "heal-yield", reign: Reigns.ref(draft.state.accepted!), to: reign })
  draft.enter({ _tag: "yielding", to: reign }, draft.state.options.coordinatorMs)
}

const onHealYield = (draft: Draft, from: PeerId, message: MessageOf<"heal-yield">): void => {
  const { accepted, phase } = draft.state
  draft.see(message.reign.epoch)
  if (accepted === null || !Reigns.equals(accepted, message.to) || message.reign.host !== from) return
  // Both may have given way, by figures that crossed: then the higher reign takes it.
  const crossed = phase._tag === "yielding" && Reigns.equals(phase.to, message.reign)
    && Reigns.compare(accepted, message.reign) > 0
  if (phase._tag === "hosting" || crossed) draft.claim("heal", [Reigns.ref(accepted), Reigns.ref(message.reign)])
}
