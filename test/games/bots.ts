/** Games that bots play, each in its seat, as on a network: their inputs come a while after the view that they saw. */
import * as Random from "../../src/core/Random.ts"
import type { Game, SeatInput } from "../../src/games/index.ts"
import type { SeatId } from "../../src/protocol/Ids.ts"

export interface Playing<State, Input> {
  readonly ticksMax: number
  /** In ticks. */
  readonly lag: number
  readonly seed: number
  readonly seen?: (state: State, before: State, inputs: ReadonlyArray<SeatInput<Input>>) => void
}

/** Until the game is over or the time is. */
export const botsPlay = <State, Input, View>(
  game: Game<State, Input, View>,
  seats: (state: State) => ReadonlyArray<string>,
  start: State,
  { lag, seed, seen, ticksMax }: Playing<State, Input>
): { readonly state: State; readonly ticks: number } => {
  const { start: memoryAtStart, think } = game.bot!
  const memories = new Map<string, unknown>()
  let chance = Random.make(seed)
  const random = (): number => {
    const [value, next] = Random.nextUint32(chance)
    chance = next
    return value / 2 ** 32
  }
  const onTheWay: Array<ReadonlyArray<SeatInput<Input>>> = Array.from({ length: lag }, () => [])
  let state = start
  let ticks = 0
  for (; ticks < ticksMax && !game.outcome(state).over; ticks++) {
    const asked: Array<SeatInput<Input>> = []
    for (const name of seats(state)) {
      const seat = Number(name) as SeatId
      const thought = think(game.view(state), seat, memories.get(name) ?? memoryAtStart, random)
      memories.set(name, thought.memory)
      if (thought.input !== null) asked.push({ seat, input: thought.input })
    }
    onTheWay.push(asked)
    const inputs = onTheWay.shift()!
    const before = state
    state = game.step(before, inputs)
    seen?.(state, before, inputs)
  }
  return { state, ticks }
}
