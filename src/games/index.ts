/** The contract of a game, and the games that come with the package. */
export * from "./Game.ts"
export {
  Gather,
  type GatherInput,
  type GatherPhase,
  type GatherPlace,
  type GatherPlayer,
  gatherRules,
  type GatherScore,
  type GatherState,
  type GatherView
} from "./Gather.ts"

import type { AnyGame } from "./Game.ts"
import { Gather } from "./Gather.ts"

/** The games that come with the package, by name. */
export const games: Readonly<Record<string, AnyGame>> = { gather: Gather }
