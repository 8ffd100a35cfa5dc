/**
 * The program plays for whoever stays away, at the host: the game's bot thinks once a tick, and what it wants is an input
 * of the seat, though none of its player's.
 */
import type * as Room from "../../core/Room.ts"
import type { AnyGame } from "../../games/Game.ts"
import { type AppliedInput, bySubstitute } from "../../protocol/Event.ts"
import type { RoomId, SeatId } from "../../protocol/Ids.ts"

export class Substitutes {
  /** What the bots of each room remember, while they play. */
  private readonly memories = new Map<RoomId, Map<SeatId, unknown>>()

  constructor(private readonly game: AnyGame) {}

  /** The tick's inputs, and what bots want in it. */
  inputs(state: Room.RoomState, given: ReadonlyArray<AppliedInput>): ReadonlyArray<AppliedInput> {
    const { bot } = this.game
    const { match, room } = state
    if (bot === undefined || match === null || match.stage !== "playing" || match.substituted.length === 0) {
      this.memories.delete(room)
      return given
    }
    const memories = this.memories.get(room) ?? new Map<SeatId, unknown>()
    this.memories.set(room, memories)
    const view = this.game.view(state.game)
    const wanted: Array<AppliedInput> = []
    for (const seat of match.substituted) {
      const thought = bot.think(view, seat, memories.has(seat) ? memories.get(seat) : bot.start, Math.random)
      memories.set(seat, thought.memory)
      if (thought.input !== null) wanted.push([seat, bySubstitute, thought.input])
    }
    return wanted.length === 0 ? given : [...given, ...wanted].sort(([a], [b]) => a - b)
  }
}
