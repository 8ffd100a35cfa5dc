/**
 * How the host hands its reign over where a Raft log says who hosts: its successor must hold all events before it leads.
 */
import { Schema } from "effect"
import { Cuts } from "./Event.ts"
import { ReignRef } from "./Reign.ts"

/** From the host: it orders nothing after the cuts, which are the last event of each room. */
export const Offer = Schema.TaggedStruct("offer", {
  reign: ReignRef,
  cuts: Cuts
})

/** The sender has all events up to the cuts: it may be made leader. */
export const Taken = Schema.TaggedStruct("taken", { reign: ReignRef })

export const LeadershipMessage = Schema.Union(Offer, Taken)
export type LeadershipMessage = typeof LeadershipMessage.Type
