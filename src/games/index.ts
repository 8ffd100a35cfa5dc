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
export {
  Pong,
  type PongGoal,
  type PongInput,
  PongOptions,
  type PongPaddle,
  type PongPhase,
  type PongState,
  type PongView
} from "./Pong.ts"
export { type PongBall, pongRules, type Side as PongSide } from "./pong/Board.ts"

import type { AnyGame } from "./Game.ts"
import { Gather } from "./Gather.ts"
import { Pong } from "./Pong.ts"

/** The games that come with the package, by name. */
export const games: Readonly<Record<string, AnyGame>> = { gather: Gather, pong: Pong }
