/**
 * What the page says of a match around the game: who is ready, the countdown, who is waited for, who has won.
 */
import type { Stage } from "../../../protocol/Match.ts"
import type { RoomView } from "../../../protocol/View.ts"

export interface MatchPlayer {
  readonly seat: number
  readonly name: string
  readonly color: string
  readonly own: boolean
  readonly away: boolean
  /** Has said that it is ready; has voted, while the start is agreed on. */
  readonly ready: boolean
}

export interface MatchShown {
  readonly stage: Stage
  /** All who have a seat. */
  readonly players: ReadonlyArray<MatchPlayer>
  /** How many are still to come. */
  readonly missing: number
  /** Seconds until the stage ends, rounded up; null where it does not end by itself. */
  readonly secondsLeft: number | null
  /** Whether this page's player has a seat, and wants to begin. */
  readonly seated: boolean
  readonly wants: boolean
  /** Who is waited for. */
  readonly awaited: ReadonlyArray<string>
  /** Who kept the last start from coming about. */
  readonly absent: ReadonlyArray<string>
  readonly winner: MatchPlayer | null
}

export interface Around {
  readonly seat: number | null
  readonly wants: boolean
  readonly tickRate: number
  readonly seatsMin: number
  readonly winner: number | null
}

export const matchShown = (view: RoomView, around: Around): MatchShown | null => {
  const { match, seats } = view
  if (match === null) return null
  const marked: ReadonlyArray<number> = match.stage === "starting" ? match.votes : match.ready
  const players = Object.entries(seats).map(([key, { away, profile }]): MatchPlayer => {
    const seat = Number(key)
    return {
      seat,
      ...profile,
      own: seat === around.seat,
      away,
      ready: marked.includes(seat)
    }
  })
  const namesOf = (some: ReadonlyArray<number>) =>
    players.flatMap(({ name, seat }) => some.includes(seat) ? [name] : [])
  return {
    stage: match.stage,
    players,
    missing: Math.max(0, around.seatsMin - players.filter(({ away }) => !away).length),
    secondsLeft: match.until === null ? null : Math.max(0, Math.ceil((match.until - view.clock) / around.tickRate)),
    seated: around.seat !== null,
    wants: around.wants,
    awaited: namesOf(match.awaited),
    absent: namesOf(match.absent),
    winner: players.find(({ seat }) => seat === around.winner) ?? null
  }
}

/** Plain data, small: compared as text. */
export const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** `Ada`, `Ada and Bo`, `Ada, Bo and Cleo`. */
export const listed = (names: ReadonlyArray<string>): string =>
  names.length < 2 ? names[0] ?? "" : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`
