/**
 * How the host hands its reign over where a Raft log says who hosts: its successor must hold all events before it leads.
 */
import { Schema } from "effect"
import { Cuts } from "./Event.ts"
import { ReignRef } from "./Reign.ts"

export const LeadershipMessage = Schema.Union(
  /** From the host: it orders nothing after the cuts, which are the last event of each room. */
  Schema.TaggedStruct("offer", { reign: ReignRef, cuts: Cuts }),
  /** The sender has all events up to the cuts: it may be made leader. */
  Schema.TaggedStruct("taken", { reign: ReignRef })
)
export type LeadershipMessage = typeof LeadershipMessage.Type
