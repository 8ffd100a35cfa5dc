/**
 * A match's fold: pure, driven by the room's events. A start is a two-phase commit whose coordinator is the log itself
 * (Gray and Lamport, "Consensus on Transaction Commit", 2006): `starting` is prepare, the last vote is the commit, and the
 * clock is the time-out. So no change of host leaves some playing and some not.
 */
import type { Clock, SeatId } from "../protocol/Ids.ts"
import type { Act, Match, MatchView } from "../protocol/Match.ts"

/** In seconds of the room's clock. */
export const voteSeconds = 2
export const countdownSeconds = 3
export const resumeSeconds = 1

/** What a fold knows of the room around the match. */
export interface Around {
  readonly clock: Clock
  /** Ticks per second. */
  readonly tickRate: number
  /** All seats of the room that are not away, ascending. */
  readonly present: ReadonlyArray<SeatId>
  /** How many players a match needs at least. */
  readonly playersMin: number
}

export const opened: Match = {
  stage: "lobby",
  round: 0,
  ready: [],
  ballot: 0,
  votes: [],
  players: [],
  until: null,
  awaited: [],
  substituted: [],
  absent: [],
  held: []
}

/** Whether seats can still be taken. */
export const isOpen = ({ stage }: Match): boolean => stage === "lobby" || stage === "over"

/** Whether the game's state is that of a match with these players: from the countdown on. */
export const isOn = ({ stage }: Match): boolean =>
  stage === "countdown" || stage === "playing" || stage === "frozen" || stage === "resuming"

const after = ({ clock, tickRate }: Around, seconds: number): Clock => clock + Math.round(seconds * tickRate) as Clock

const without = (seats: ReadonlyArray<SeatId>, seat: SeatId): ReadonlyArray<SeatId> =>
  seats.includes(seat) ? seats.filter((one) => one !== seat) : seats

const including = (seats: ReadonlyArray<SeatId>, seat: SeatId): ReadonlyArray<SeatId> =>
  seats.includes(seat) ? seats : [...seats, seat].sort((a, b) => a - b)

/** Everybody is ready, and they are enough: everybody's screen is asked. */
const considered = (match: Match, around: Around): Match => {
  const { playersMin, present } = around
  if (!isOpen(match) || present.length < playersMin || !present.every((seat) => match.ready.includes(seat))) {
    return match
  }
  return {
    ...opened,
    stage: "starting",
    round: match.round,
    ready: match.ready,
    ballot: match.ballot + 1,
    players: present,
    until: after(around, voteSeconds)
  }
}

/** The start comes to nothing because of these: the others stay ready. */
const aborted = (match: Match, absent: ReadonlyArray<SeatId>): Match => ({
  ...opened,
  round: match.round,
  ballot: match.ballot,
  ready: match.ready.filter((seat) => !absent.includes(seat)),
  absent
})

/** Nobody is waited for any more. */
const released = (match: Match, around: Around): Match =>
  match.stage === "frozen" && match.awaited.length === 0
    ? { ...match, stage: "resuming", until: after(around, resumeSeconds) }
    : match

/** Whether it would change anything, if the seat is there. */
export const matters = (match: Match, seat: SeatId, act: Act, ballot: number): boolean =>
  act === "vote"
    ? match.stage === "starting" && ballot === match.ballot && match.players.includes(seat) &&
      !match.votes.includes(seat)
    : isOpen(match) && match.ready.includes(seat) === (act === "unready")

export const acted = (match: Match, seat: SeatId, act: Act, ballot: number, around: Around): Match => {
  if (!around.present.includes(seat)) return match
  switch (act) {
    case "ready":
      return isOpen(match)
        ? considered({ ...match, ready: including(match.ready, seat), absent: without(match.absent, seat) }, around)
        : match
    case "unready":
      return isOpen(match) ? { ...match, ready: without(match.ready, seat) } : match
    case "vote": {
      if (match.stage !== "starting" || ballot !== match.ballot || !match.players.includes(seat)) return match
      const votes = including(match.votes, seat)
      return votes.length < match.players.length
        ? { ...match, votes }
        : { ...match, stage: "countdown", round: match.round + 1, votes, until: after(around, countdownSeconds) }
    }
  }
}

/**
 * What a player's screen has to say now, and again until this is null: its vote, and whether it is ready where that is not
 * what it `wants`.
 */
export const due = (
  match: MatchView,
  seat: SeatId,
  wants: boolean
): { readonly act: Act; readonly ballot: number } | null => {
  const { ballot, players, ready, stage, votes } = match
  if (stage === "starting") return players.includes(seat) && !votes.includes(seat) ? { act: "vote", ballot } : null
  if (stage !== "lobby" && stage !== "over") return null
  return ready.includes(seat) === wants ? null : { act: wants ? "ready" : "unready", ballot }
}

/** The seat's player has fallen silent. */
export const away = (match: Match, seat: SeatId, around: Around): Match => {
  if (isOpen(match)) return considered({ ...match, ready: without(match.ready, seat) }, around)
  if (!match.players.includes(seat)) return match
  if (match.stage === "starting") return aborted(match, [seat])
  return { ...match, stage: "frozen", until: null, awaited: including(match.awaited, seat) }
}

export const back = (match: Match, seat: SeatId, around: Around): Match =>
  released(
    { ...match, awaited: without(match.awaited, seat), substituted: without(match.substituted, seat) },
    around
  )

/** The program plays for somebody who stays away. */
export const substituted = (match: Match, seat: SeatId, around: Around): Match =>
  match.awaited.includes(seat)
    ? released(
      { ...match, awaited: without(match.awaited, seat), substituted: including(match.substituted, seat) },
      around
    )
    : match

/** The seat is gone for good; `isOver`: so is the match. */
export const left = (match: Match, seat: SeatId, isOver: boolean, around: Around): Match => {
  if (isOpen(match)) {
    return considered({ ...match, ready: without(match.ready, seat), absent: without(match.absent, seat) }, around)
  }
  if (!match.players.includes(seat)) return match
  if (match.stage === "starting") return aborted(match, [seat])
  const rest = {
    ...match,
    players: without(match.players, seat),
    awaited: without(match.awaited, seat),
    substituted: without(match.substituted, seat)
  }
  return isOver || rest.players.length === rest.substituted.length ? over(rest) : released(rest, around)
}

export const over = (match: Match): Match => ({
  ...opened,
  stage: "over",
  round: match.round,
  ballot: match.ballot,
  players: match.players,
  substituted: match.substituted
})

/** One tick of the room, before the game's: `around.clock` is that after it. */
export const ticked = (match: Match, around: Around): Match => {
  if (match.until === null || around.clock < match.until) return match
  switch (match.stage) {
    case "starting":
      return aborted(match, match.players.filter((seat) => !match.votes.includes(seat)))
    case "countdown":
    case "resuming":
      return { ...match, stage: "playing", until: null }
    default:
      return match
  }
}

/** An input of a tick in which nothing moves. */
export const hold = (match: Match, seat: SeatId, input: unknown): Match => ({
  ...match,
  held: [...match.held.filter(([one]) => one !== seat), [seat, input] as const].sort(([a], [b]) => a - b)
})
