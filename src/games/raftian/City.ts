/** What a city may do. */
import type { RaftianCity } from "./Schemas.ts"

/** Whether a city may attack and be attacked. */
export const isInGame = (city: RaftianCity | undefined): city is RaftianCity =>
  city !== undefined && city.hp > 0 && city.away === undefined && city.waits === undefined

/** Whether a city may still win the round. */
export const stands = ({ hp, waits }: RaftianCity): boolean => hp > 0 && waits === undefined
