/**
 * The program plays for whoever stays away, at the host: the game's bot thinks once a tick, and what it wants is an input
 * of the seat, though none of its player's.
 */
import { source } from "../../core/Random.ts"
import type * as Room from "../../core/Room.ts"
import type { AnyGame } from "../../games/Game.ts"
import { type AppliedInput, bySubstitute } from "../../protocol/Event.ts"
import type { RoomId, SeatId } from "../../protocol/Ids.ts"

/** The bots of a room, while they play. */
interface Bots {
  readonly memories: Map<SeatId, unknown>
  /** From the room's own seed and the moment that they began: another one each time, the same in a replay. */
  readonly chance: () => number
}

export class Substitutes {
  private readonly rooms = new Map<RoomId, Bots>()

  constructor(private readonly game: AnyGame) {}

  /** The tick's inputs, and what bots want in it. */
  inputs(state: Room.RoomState, given: ReadonlyArray<AppliedInput>): ReadonlyArray<AppliedInput> {
    const { bot } = this.game
    const { match, room } = state
    if (bot === undefined || match === null || match.stage !== "playing" || match.substituted.length === 0) {
      this.rooms.delete(room)
      return given
    }
    const { chance, memories } = this.botsOf(state)
    const view = this.game.view(state.game)
    const wanted: Array<AppliedInput> = []
    for (const seat of match.substituted) {
      const thought = bot.think(view, seat, memories.has(seat) ? memories.get(seat) : bot.start, chance)
      memories.set(seat, thought.memory)
      if (thought.input !== null) wanted.push([seat, bySubstitute, thought.input])
    }
    return wanted.length === 0 ? given : [...given, ...wanted].sort(([a], [b]) => a - b)
  }
  private botsOf({ clock, room, seed }: Room.RoomState): Bots {
    let bots = this.rooms.get(room)
    if (bots === undefined) this.rooms.set(room, bots = { memories: new Map(), chance: source(seed + clock) })
    return bots
  }
}
