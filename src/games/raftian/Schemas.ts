/** What Raftian lets in: commands, and states as the rules can bring them about. */
import { Schema } from "effect"
import { Profile } from "../../protocol/Ids.ts"
import { bySeat, Count, flag, Ordinal, Seat, strict } from "../Schemas.ts"
import { raftianRules } from "./Board.ts"

/** A command: nothing but the target. `again` asks for the next round. */
export const RaftianInput = Schema.Union(
  Schema.Struct({ attacks: Seat }).annotations(strict),
  Schema.Struct({ again: Schema.Literal(true) }).annotations(strict)
)
export type RaftianInput = typeof RaftianInput.Type

const Hp = Schema.Int.pipe(Schema.between(0, raftianRules.hp))

const City = Schema.Struct({
  /** Its index in `raftianPlaces`; no two have the same. */
  place: Schema.Int.pipe(Schema.between(0, raftianRules.seatsMax - 1)),
  hp: Hp,
  /** Rounds won. */
  gamesWon: Count,
  /** Its node does not answer. Absent while it plays. */
  away: flag,
  /** Came while a round was fought or celebrated, and is in from the next one. */
  waits: flag
})
export interface RaftianCity extends Schema.Schema.Type<typeof City> {}

/** Whether a city may attack and be attacked. */
export const isInGame = (city: RaftianCity | undefined): city is RaftianCity =>
  city !== undefined && city.hp > 0 && city.away === undefined && city.waits === undefined

/** Whether a city may still win the round. */
export const stands = ({ hp, waits }: RaftianCity): boolean => hp > 0 && waits === undefined

/** `open`: nobody was hit yet. The winner may have left while it is celebrated. */
const Phase = Schema.Union(
  Schema.Struct({ name: Schema.Literal("open") }),
  Schema.Struct({ name: Schema.Literal("fighting") }),
  Schema.Struct({ name: Schema.Literal("won"), winner: Seat })
)
export type RaftianPhase = typeof Phase.Type

const Damage = Schema.Int.pipe(Schema.between(1, raftianRules.damage))
const numbered = { number: Ordinal, by: Seat }

const Happening = Schema.Union(
  /** `hp` is what the hit left. */
  Schema.Struct({ kind: Schema.Literal("hit"), ...numbered, on: Seat, damage: Damage, hp: Hp }),
  /** `missed`: the target was out of the game already when the attack was committed. */
  Schema.Struct({ kind: Schema.Literal("missed", "fell"), ...numbered, on: Seat }),
  Schema.Struct({ kind: Schema.Literal("joined", "away", "back", "left", "won", "again"), ...numbered })
)
export type RaftianHappening = typeof Happening.Type

type Unnumbered<One> = One extends unknown ? Omit<One, "number"> : never
export type RaftianEvent = Unnumbered<RaftianHappening>

/** How a player is told of, also when it has left. */
export type RaftianPerson = Profile

const State = Schema.Struct({
  cities: bySeat(City),
  phase: Phase,
  /** Counts from 1. */
  round: Ordinal,
  /** The last twelve, newest last. */
  happenings: Schema.Array(Happening).pipe(Schema.maxItems(raftianRules.happeningsMax)),
  /** How many there were ever: the number of the last one. */
  happened: Count,
  /** Whoever has a city, was told of lately, or is celebrated. */
  people: bySeat(Profile)
})

/** Screens see all of it: there are no secrets, and no chance. */
export interface RaftianState extends Schema.Schema.Type<typeof State> {}
export type RaftianView = RaftianState

/** Whose names are to be known. */
export const knownIn = ({ cities, happenings, phase }: RaftianState): ReadonlySet<number> =>
  new Set([
    ...happenings.flatMap((happening) => "on" in happening ? [happening.by, happening.on] : [happening.by]),
    ...Object.keys(cities).map(Number),
    ...(phase.name === "won" ? [phase.winner] : [])
  ])

const areNumbered = ({ happened, happenings }: RaftianState): boolean =>
  happenings.length === Math.min(happened, raftianRules.happeningsMax) &&
  happenings.every(({ number }, index) => number === happened - happenings.length + index + 1)

const isPhaseRight = ({ cities, phase }: RaftianState): boolean => {
  const all = Object.values(cities)
  if (phase.name === "open") return all.every(({ hp, waits }) => hp === raftianRules.hp && waits === undefined)
  const standing = all.filter(stands)
  if (phase.name === "fighting") return standing.length > 1
  const winner = cities[phase.winner]
  // A winner that left and came again waits, as everybody who joins then.
  const hasLeft = winner === undefined || winner.waits === true
  return all.length > 0 && standing.length <= 1 && (hasLeft ? standing.length === 0 : standing[0] === winner)
}

const arePeopleRight = (state: RaftianState): boolean => {
  const known = knownIn(state)
  const seats = Object.keys(state.people)
  return seats.length === known.size && seats.every((seat) => known.has(Number(seat)))
}

const isConsistent = (state: RaftianState): boolean => {
  const places = Object.values(state.cities).map(({ place }) => place)
  return places.length <= raftianRules.seatsMax && new Set(places).size === places.length && areNumbered(state) &&
    isPhaseRight(state) && arePeopleRight(state)
}

export const RaftianState: Schema.Schema<RaftianState> = State.pipe(
  Schema.filter(isConsistent, {
    message: () =>
      "at most 8 cities in places of their own, a phase that fits their HP, happenings numbered without a gap, and the people that they tell of",
    ...strict
  })
)
