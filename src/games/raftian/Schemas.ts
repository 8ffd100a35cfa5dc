/** What Raftian lets in: commands, and states as the rules can bring them about. */
import { Schema } from "effect"
import { SeatId } from "../../protocol/Ids.ts"
import { raftianRules } from "./Board.ts"
import { toldOf } from "./Happenings.ts"

const strict = { parseOptions: { onExcessProperty: "error" } } as const

const Seat = Schema.typeSchema(SeatId)
const isSeat = Schema.is(SeatId)
const SeatKey = Schema.String.pipe(Schema.filter((key) => String(Number(key)) === key && isSeat(Number(key))))

export const RaftianInput = Schema.Union(
  Schema.Struct({ attacks: Seat }).annotations(strict),
  Schema.Struct({ again: Schema.Literal(true) }).annotations(strict)
)

const flag = Schema.optionalWith(Schema.Literal(true), { exact: true })
const Hp = Schema.Int.pipe(Schema.between(0, raftianRules.hp))
const Count = Schema.NonNegativeInt
const Ordinal = Schema.Int.pipe(Schema.positive())

const City = Schema.Struct({
  place: Schema.Int.pipe(Schema.between(0, raftianRules.seatsMax - 1)),
  hp: Hp,
  gamesWon: Count,
  away: flag,
  waits: flag
})

const Phase = Schema.Union(
  Schema.Struct({ name: Schema.Literal("open") }),
  Schema.Struct({ name: Schema.Literal("fighting") }),
  Schema.Struct({ name: Schema.Literal("won"), winner: Seat })
)

const Damage = Schema.Int.pipe(Schema.between(1, raftianRules.damage))

const Happening = Schema.Union(
  Schema.Struct({ number: Ordinal, kind: Schema.Literal("hit"), by: Seat, on: Seat, damage: Damage, hp: Hp }),
  Schema.Struct({ number: Ordinal, kind: Schema.Literal("missed", "fell"), by: Seat, on: Seat }),
  Schema.Struct({
    number: Ordinal,
    kind: Schema.Literal("joined", "away", "back", "left", "won", "again"),
    by: Seat
  })
)

/** As a profile has them. */
const Person = Schema.Struct({
  name: Schema.String.pipe(Schema.maxLength(24)),
  color: Schema.String.pipe(Schema.pattern(/^#[0-9a-f]{6}$/))
})

const Shape = Schema.Struct({
  cities: Schema.Record({ key: SeatKey, value: City }),
  phase: Phase,
  round: Ordinal,
  happenings: Schema.Array(Happening).pipe(Schema.maxItems(raftianRules.happeningsMax)),
  happened: Count,
  people: Schema.Record({ key: SeatKey, value: Person })
})

type Shape = typeof Shape.Type

const areNumbered = ({ happened, happenings }: Shape): boolean =>
  happenings.length === Math.min(happened, raftianRules.happeningsMax) &&
  happenings.every(({ number }, index) => number === happened - happenings.length + index + 1)

const isPhaseRight = ({ cities, phase }: Shape): boolean => {
  const all = Object.values(cities)
  if (phase.name === "open") return all.every(({ hp, waits }) => hp === raftianRules.hp && waits === undefined)
  const standing = all.filter(({ hp, waits }) => hp > 0 && waits === undefined)
  if (phase.name === "fighting") return standing.length > 1
  const winner = cities[phase.winner]
  // A winner that left and came again waits, as everybody who joins then.
  const hasLeft = winner === undefined || winner.waits === true
  return all.length > 0 && standing.length <= 1 && (hasLeft ? standing.length === 0 : standing[0] === winner)
}

const arePeopleRight = ({ cities, happenings, people, phase }: Shape): boolean => {
  const known = new Set([...toldOf(happenings), ...Object.keys(cities).map(Number)])
  if (phase.name === "won") known.add(phase.winner)
  const seats = Object.keys(people)
  return seats.length === known.size && seats.every((seat) => known.has(Number(seat)))
}

const isConsistent = (state: Shape): boolean => {
  const places = Object.values(state.cities).map(({ place }) => place)
  return places.length <= raftianRules.seatsMax && new Set(places).size === places.length && areNumbered(state) &&
    isPhaseRight(state) && arePeopleRight(state)
}

export const RaftianState = Schema.typeSchema(Shape.pipe(
  Schema.filter(isConsistent, {
    message: () =>
      "at most 8 cities in places of their own, a phase that fits their HP, happenings numbered without a gap, and the people that they tell of",
    ...strict
  })
))
