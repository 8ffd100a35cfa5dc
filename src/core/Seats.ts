/** Who gets which seat. Pure: a host and a committed log decide alike. */
import type { EventOf } from "../protocol/Event.ts"
import type { PeerId, Profile, TokenHash } from "../protocol/Ids.ts"
import { unlike } from "./PlayerColors.ts"
import type { Draft, RoomState } from "./Room.ts"

/** Whoever wants a seat of a room. */
export interface Taker {
  readonly tokenHash: TokenHash
  readonly profile: Profile
  /** Which serves the screen. */
  readonly node: PeerId
}

/** The seat that is the taker's by its token, back from wherever it was; none, if it is played there already. */
export const back = (
  state: RoomState,
  { node, tokenHash }: Taker
): ReadonlyArray<Omit<EventOf<"back">, "seq">> | null => {
  const record = state.seats.find((one) => one.tokenHash === tokenHash)
  if (record === undefined) return null
  return record.node === node && record.awaySince === null ? [] : [{ _tag: "back", seat: record.seat, node }]
}

/** A new seat; null where all are taken. A seat that is only kept for somebody makes room for who is here. */
export const fresh = (
  state: RoomState,
  { node, profile, tokenHash }: Taker,
  seatsMax: number
): ReadonlyArray<Draft> | null => {
  if (state.seats.filter((one) => one.awaySince === null).length >= seatsMax) return null
  const kept = state.seats.length >= seatsMax ? state.seats.find((one) => one.awaySince !== null) : undefined
  const colors = new Set(state.seats.filter((one) => one !== kept).map((one) => one.profile.color))
  return [
    ...(kept === undefined ? [] : [{ _tag: "left" as const, seat: kept.seat }]),
    {
      _tag: "seated",
      seat: state.nextSeat,
      tokenHash,
      profile: { ...profile, color: unlike(profile.color, colors) },
      node
    }
  ]
}
