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
export {
  Raftian,
  type RaftianCity,
  type RaftianInput,
  type RaftianPhase,
  type RaftianState,
  type RaftianView
} from "./Raftian.ts"
export { type RaftianPlace, raftianPlaces, raftianRules } from "./raftian/Board.ts"
export type { RaftianHappening, RaftianPerson } from "./raftian/Happenings.ts"

import type { AnyGame } from "./Game.ts"
import { Gather } from "./Gather.ts"
import { Pong } from "./Pong.ts"
import { Raftian } from "./Raftian.ts"

/** The games that nodes can play, by name. */
export const games: Readonly<Record<string, AnyGame>> = { gather: Gather, pong: Pong, raftian: Raftian }

/** Those of them that tick: a host orders their events, and hands views on. */
export const tickGames: Readonly<Record<string, AnyGame>> = { gather: Gather, pong: Pong }
