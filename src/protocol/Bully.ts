/** The election's messages: Garcia-Molina's bully (1982), with an epoch as fencing token and answers to COORDINATOR. */
import { Schema } from "effect"
import { Cuts } from "./Event.ts"
import { Epoch, PeerId, Seq } from "./Ids.ts"
import { Declaration, Reign, ReignRef } from "./Reign.ts"

/** "Is anybody higher alive?", from a node to all higher live ones. */
export const Election = Schema.TaggedStruct("election", { epoch: Epoch })

/** To one that asked for an election: the sender follows this reign, and has just had an answer from its host. */
export const Hosted = Schema.TaggedStruct("hosted", { reign: ReignRef })

/** "I am, leave it to me." */
export const Ok = Schema.TaggedStruct("ok", { epoch: Epoch })

/**
 * "I host." Repeated until it is answered. `over` names the reigns that end by the consent of their hosts (handover,
 * healing): whoever is in one of those accepts without asking whether its host is still alive. `after` is the newest
 * reign that the claimant knew of, or this one once it has begun: with a quorum, whoever has accepted a newer one than
 * that was not counted, nor what it knows.
 */
export const Coordinator = Schema.TaggedStruct("coordinator", {
  ...Declaration.fields,
  after: Schema.NullOr(ReignRef)
})

/** The sender has accepted this reign; all older ones are fenced off. */
export const Accepted = Schema.TaggedStruct("accepted", { reign: ReignRef })

/** Refuses a claim, and says what the sender holds to. `hostLive`: that reign's host answers it by a link. */
export const Refused = Schema.TaggedStruct("refused", {
  claimed: ReignRef,
  reign: Schema.NullOr(Reign),
  hostLive: Schema.Boolean
})

/** The claim that the sender's COORDINATOR made has come to nothing; whoever accepted it waits for a later one. */
export const Withdrawn = Schema.TaggedStruct("withdrawn", { reign: ReignRef })

/** Asks which reign a peer has accepted: by a host that was stalled, before it goes on. */
export const ReignQuery = Schema.TaggedStruct("reign-query", { nonce: Schema.NonNegativeInt })
export const ReignAnswer = Schema.TaggedStruct("reign-answer", {
  nonce: Schema.NonNegativeInt,
  reign: Schema.NullOr(Reign)
})

/** Asks a host whether it is alive, and tells that it is. */
export const Probe = Schema.TaggedStruct("probe", { nonce: Schema.NonNegativeInt })
export const ProbeAnswer = Schema.TaggedStruct("probe-answer", { nonce: Schema.NonNegativeInt })

/** What decides which of two reigns goes on when a split heals; compared in this order. */
export const Weight = Schema.Struct({
  seated: Schema.Boolean,
  members: Schema.NonNegativeInt,
  seq: Seq
})
export type Weight = typeof Weight.Type

/**
 * From host to host: "we both host; this is what mine weighs". The figures change while they travel, so one side alone
 * compares them: the host of the higher reign. `lighter` is its finding: the recipient's reign, which is to give way.
 */
export const HealOffer = Schema.TaggedStruct("heal-offer", {
  reign: ReignRef,
  weight: Weight,
  lighter: Schema.NullOr(ReignRef)
})

/** The lighter reign's host gives way: the other may claim over it. */
export const HealYield = Schema.TaggedStruct("heal-yield", { reign: ReignRef, to: ReignRef })

/**
 * The host names its successor. `cuts`: the last event per room that it has ordered; it orders nothing after that.
 * The inputs not yet applied follow in the input conversation.
 */
export const HandOver = Schema.TaggedStruct("hand-over", {
  reign: ReignRef,
  to: PeerId,
  cuts: Cuts
})

export const BullyMessage = Schema.Union(
  Election,
  Hosted,
  Ok,
  Coordinator,
  Accepted,
  Refused,
  Withdrawn,
  ReignQuery,
  ReignAnswer,
  Probe,
  ProbeAnswer,
  HealOffer,
  HealYield,
  HandOver
)
export type BullyMessage = typeof BullyMessage.Type
