/**
 * Which of two reigns goes on when a split heals.
 */
import type { HealOffer } from "../../protocol/Bully.ts"
import { compare as compareReigns } from "../../protocol/Reign.ts"

export type Weighed = Pick<typeof HealOffer.Type, "reign" | "weight">

/**
 * Positive when `a` goes on: a reign without a seated player yields; then more members, then the higher seq, then the
 * higher reign. Total: two different reigns are never equal, so both sides find the same winner from the same figures.
 */
export const compare = (a: Weighed, b: Weighed): number =>
  Number(a.weight.seated) - Number(b.weight.seated)
  || a.weight.members - b.weight.members
  || a.weight.seq - b.weight.seq
  || compareReigns(a.reign, b.reign)
