/** Who has which place: the lowest free id to each newcomer, its room and side by that. No clock: the time is passed in. */
import { type Here, type LobbyMember, lobbyMembersMax, type LobbyPlace, type Side } from "../protocol/Lobby.ts"

/** Who says nothing for so long is gone, in milliseconds. */
export const goneAfterMs = 2_000
/** A lobby that has just begun gives no new place for so long: whoever has one says so meanwhile. */
export const listenMs = 700

const sides: ReadonlyArray<Side> = ["left", "right", "top", "bottom"]
/** How far from its edge a member begins, as a share of the field. */
const margin = 0.05

/** The place with this id where `seats` play in a room: opposite each other first, and evenly along an edge. */
export const placeOf = (id: number, seats: number): LobbyPlace => {
  const seat = (id - 1) % seats
  const side = sides[seat % sides.length]!
  const onSide = Math.ceil((seats - seat % sides.length) / sides.length)
  const along = (Math.floor(seat / sides.length) + 1) / (onSide + 1)
  const across = side === "left" || side === "top" ? margin : 1 - margin
  const [x, y] = side === "left" || side === "right" ? [across, along] : [along, across]
  return { id, room: `room-${Math.floor((id - 1) / seats) + 1}`, side, x, y }
}

interface Entry {
  readonly member: LobbyMember
  heardAtMs: number
}

export class LobbyBook {
  private readonly entries = new Map<string, Entry>()

  /** `seats`: how many play in a room. */
  constructor(private readonly seats: number, private readonly beganAtMs: number) {}

  /** A member was heard. Whether the list has changed. */
  hear({ id, key, leaves, name }: Here, nowMs: number): boolean {
    const known = this.entries.get(key)
    if (leaves) return this.entries.delete(key)
    if (known !== undefined) {
      known.heardAtMs = nowMs
      return false
    }
    const given = this.give(id, nowMs)
    if (given === null) return false
    this.entries.set(key, { member: { key, name, place: placeOf(given, this.seats) }, heardAtMs: nowMs })
    return true
  }

  /** Forgets who has not been heard. Whether the list has changed. */
  expire(nowMs: number): boolean {
    const before = this.entries.size
    for (const [key, { heardAtMs }] of this.entries) if (nowMs - heardAtMs >= goneAfterMs) this.entries.delete(key)
    return this.entries.size < before
  }

  /** By id. */
  list(): ReadonlyArray<LobbyMember> {
    return Array.from(this.entries.values(), ({ member }) => member).sort((a, b) => a.place.id - b.place.id)
  }

  /** The id that a newcomer holds already, if nobody else has it, or the lowest free one; null: none yet. */
  private give(held: number | null, nowMs: number): number | null {
    const taken = new Set(Array.from(this.entries.values(), ({ member }) => member.place.id))
    if (held !== null && !taken.has(held)) return held
    if (nowMs - this.beganAtMs < listenMs) return null
    for (let id = 1; id <= lobbyMembersMax; id++) if (!taken.has(id)) return id
    return null
  }
}
