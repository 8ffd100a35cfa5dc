/** The contract of a game, and the games that come with the package. */
export * from "./Game.ts"
export { Gather } from "./Gather.ts"
export { gatherRules } from "./gather/Field.ts"
export type {
  GatherInput,
  GatherPhase,
  GatherPlace,
  GatherPlayer,
  GatherScore,
  GatherState,
  GatherView
} from "./gather/Schemas.ts"
export { Pong } from "./Pong.ts"
export { type PongBall, pongRules, type Side as PongSide } from "./pong/Board.ts"
export {
  type PongGoal,
  type PongInput,
  PongOptions,
  type PongPaddle,
  type PongPhase,
  type PongState,
  type PongView
} from "./pong/Schemas.ts"
export { Raftian } from "./Raftian.ts"
export { type RaftianPlace, raftianPlaces, raftianRules } from "./raftian/Board.ts"
export type { RaftianCity, RaftianInput, RaftianPhase, RaftianState, RaftianView } from "./raftian/Schemas.ts"
export type { RaftianHappening, RaftianPerson } from "./raftian/Schemas.ts"

import type { AnyGame } from "./Game.ts"
import { Gather } from "./Gather.ts"
import { Pong } from "./Pong.ts"
import { Raftian } from "./Raftian.ts"

/** The games that nodes can play, by name. */
export const games: Readonly<Record<string, AnyGame>> = { gather: Gather, pong: Pong, raftian: Raftian }

/** Those of them that tick: a host orders their events, and hands views on. */
export const tickGames: Readonly<Record<string, AnyGame>> = { gather: Gather, pong: Pong }
