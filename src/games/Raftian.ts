/**
 * Raftian: cities attack each other until one is left standing.
 *
 * Rows D2, D5 and D10 of the features. The first Raftian committed a bare target, knew no attacker and had no victory.
 *
 * The game folds a committed log and has no ticks of its own: `step` is one batch of commands, in their order, and nothing
 * depends on time. `join`, `away`, `back` and `leave` are the committed `add Z` and `del Z`.
 * - A city has 100 HP; a hit takes 30, the last one what is left. Who has none has fallen, for the rest of the round.
 * - A city is in the game while it stands, is there, and has not come too late. Only such cities attack and are attacked.
 * - A city that is away keeps its HP, and its claim to be the last one: that a node is silent decides no round.
 * - A round begins with its first hit; who joins later is in from the next one. The last city standing wins it, and is
 *   celebrated until somebody says `again`.
 */
import { Record } from "effect"
import type { Profile, SeatId } from "../protocol/Ids.ts"
import { define, type Outcome, type SeatInput } from "./Game.ts"
import { raftianPlaces, raftianRules } from "./raftian/Board.ts"
import { raftianBot } from "./raftian/Bot.ts"
import {
  isInGame,
  knownIn,
  type RaftianCity,
  type RaftianEvent,
  RaftianInput,
  type RaftianPhase,
  RaftianState,
  type RaftianView,
  stands
} from "./raftian/Schemas.ts"

const open: RaftianPhase = { name: "open" }
const fighting: RaftianPhase = { name: "fighting" }

const seatsOf = (cities: RaftianState["cities"]): ReadonlyArray<SeatId> =>
  Object.keys(cities).map(Number) as Array<SeatId>

const withCity = (state: RaftianState, seat: SeatId, city: RaftianCity): RaftianState => ({
  ...state,
  cities: { ...state.cities, [seat]: city }
})

/**
 * What has happened, newest last, for those who tell it: a header says it in words, a scene shows it, each by number once.
 * The list is bounded; numbers grow by one and never restart, so that whoever missed some knows how many.
 */
const tell = (state: RaftianState, event: RaftianEvent): RaftianState => {
  const happened = state.happened + 1
  const happenings = [...state.happenings, { ...event, number: happened }].slice(-raftianRules.happeningsMax)
  return { ...state, happened, happenings }
}

/** Forgets those of whom nothing is left to tell. */
const forget = (state: RaftianState): RaftianState => {
  const known = knownIn(state)
  const kept = Record.filter(state.people, (_, seat) => known.has(Number(seat)))
  return Record.size(kept) === Record.size(state.people) ? state : { ...state, people: kept }
}

// --- rounds ----------------------------------------------------------------------------------------------------------

/** The round is decided when one city is left that could win it. */
const decide = (state: RaftianState): RaftianState => {
  if (state.phase.name !== "fighting") return state
  const standing = seatsOf(state.cities).filter((seat) => stands(state.cities[seat]!))
  if (standing.length !== 1) return state
  const [winner] = standing as [SeatId]
  const city = state.cities[winner]!
  const won = withCity(state, winner, { ...city, gamesWon: city.gamesWon + 1 })
  return tell({ ...won, phase: { name: "won", winner } }, { kind: "won", by: winner })
}

/** Every city stands again, and those that waited are in. */
const nextRound = (state: RaftianState): RaftianState => {
  const cities = Record.map(
    state.cities,
    ({ waits: _waits, ...city }): RaftianCity => ({ ...city, hp: raftianRules.hp })
  )
  return { ...state, cities, phase: open, round: state.round + 1 }
}

// --- commands --------------------------------------------------------------------------------------------------------

const attack = (state: RaftianState, by: SeatId, on: SeatId): RaftianState => {
  const target = state.cities[on]
  if (state.phase.name === "won" || by === on || target === undefined || !isInGame(state.cities[by])) return state
  // Told, so that who attacked learns what became of it.
  if (!isInGame(target)) return tell(state, { kind: "missed", by, on })
  const damage = Math.min(raftianRules.damage, target.hp)
  const hp = target.hp - damage
  const hit = tell({ ...withCity(state, on, { ...target, hp }), phase: fighting }, { kind: "hit", by, on, damage, hp })
  return hp > 0 ? hit : decide(tell(hit, { kind: "fell", by, on }))
}

const again = (state: RaftianState, by: SeatId): RaftianState => {
  const city = state.cities[by]
  if (state.phase.name !== "won" || city === undefined || city.away) return state
  return tell(nextRound(state), { kind: "again", by })
}

const step = (state: RaftianState, inputs: ReadonlyArray<SeatInput<RaftianInput>>): RaftianState => {
  let next = state
  for (const { input, seat } of inputs) {
    next = "attacks" in input ? attack(next, seat, input.attacks) : again(next, seat)
  }
  return next === state ? state : forget(next)
}

// --- coming and going ------------------------------------------------------------------------------------------------

const initial = (): RaftianState => ({ cities: {}, phase: open, round: 1, happenings: [], happened: 0, people: {} })

const join = (state: RaftianState, seat: SeatId, { color, name }: Profile): RaftianState => {
  if (state.cities[seat] !== undefined) return state
  const taken = new Set(Object.values(state.cities).map(({ place }) => place))
  const place = raftianPlaces.findIndex((_, index) => !taken.has(index))
  if (place < 0) return state
  const waits = state.phase.name === "open" ? {} : { waits: true as const }
  const joined = withCity(state, seat, { place, hp: raftianRules.hp, gamesWon: 0, ...waits })
  return forget(tell({ ...joined, people: { ...state.people, [seat]: { name, color } } }, { kind: "joined", by: seat }))
}

const leave = (state: RaftianState, seat: SeatId): RaftianState => {
  if (state.cities[seat] === undefined) return state
  const { [String(seat)]: _city, ...cities } = state.cities
  const left = decide(tell({ ...state, cities }, { kind: "left", by: seat }))
  const isDeserted = Object.keys(cities).length === 0 && left.phase.name !== "open"
  return forget(isDeserted ? nextRound(left) : left)
}

const away = (state: RaftianState, seat: SeatId): RaftianState => {
  const city = state.cities[seat]
  if (city === undefined || city.away) return state
  return forget(tell(withCity(state, seat, { ...city, away: true }), { kind: "away", by: seat }))
}

const back = (state: RaftianState, seat: SeatId): RaftianState => {
  const city = state.cities[seat]
  if (city === undefined || !city.away) return state
  const { away: _away, ...here } = city
  return forget(tell(withCity(state, seat, here), { kind: "back", by: seat }))
}

const outcome = ({ cities, phase }: RaftianState): Outcome => ({
  standings: seatsOf(cities)
    .filter((seat) => !cities[seat]!.away)
    .map((seat) => ({ seat, score: cities[seat]!.hp, gamesWon: cities[seat]!.gamesWon }))
    .sort((a, b) => b.gamesWon - a.gamesWon || b.score - a.score || a.seat - b.seat),
  winner: phase.name === "won" && seatsOf(cities).some((seat) => seat === phase.winner && stands(cities[seat]!))
    ? phase.winner
    : null,
  over: false
})

/** The game. Neither its seed nor options are used; see the head of this file for the rules. */
export const Raftian = define<RaftianState, RaftianInput, RaftianView>({
  name: "raftian",
  version: 1,
  tickRate: raftianRules.tickRate,
  ordering: "committed",
  seats: { min: raftianRules.seatsMin, max: raftianRules.seatsMax },
  State: RaftianState,
  Input: RaftianInput,
  initial,
  join,
  leave,
  away,
  back,
  step,
  view: (state) => state,
  outcome,
  bot: raftianBot
})
