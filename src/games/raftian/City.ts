/** A city, and what it may do. */

export interface RaftianCity {
  /** Its index in `raftianPlaces`; no two have the same. */
  readonly place: number
  readonly hp: number
  /** Rounds won. */
  readonly gamesWon: number
  /** Its node does not answer. Absent while it plays. */
  readonly away?: true
  /** Came while a round was fought or celebrated, and is in from the next one. */
  readonly waits?: true
}

/** Whether a city may attack and be attacked. */
export const isInGame = (city: RaftianCity | undefined): city is RaftianCity =>
  city !== undefined && city.hp > 0 && city.away === undefined && city.waits === undefined

/** Whether a city may still win the round. */
export const stands = ({ hp, waits }: RaftianCity): boolean => hp > 0 && waits === undefined
