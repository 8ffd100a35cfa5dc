/**
 * What the page's address and this browser remember: the key, the seat's token, and how the player wants to be seen.
 *
 * The token belongs to one tab (sessionStorage) and moves with it to another node's page in the address's fragment, which
 * no server is sent, and which is taken out of the address bar at once.
 */
import type { Profile, RoomId, SeatToken } from "../../../protocol/Ids.ts"

export interface Arrival {
  readonly key: string
  /** The page came from another node, with its seat. */
  readonly moved: { readonly room: RoomId; readonly token: SeatToken | null; readonly profile: Profile } | null
}

const names = {
  token: "hostless:token",
  profile: "hostless:profile",
  room: "hostless:room",
  muted: "hostless:muted"
} as const

/** Storage may be switched off: then nothing is remembered. */
const read = (storage: () => Storage, name: string): string | null => {
  try {
    return storage().getItem(name)
  } catch {
    return null
  }
}

const write = (storage: () => Storage, name: string, value: string | null): void => {
  try {
    if (value === null) storage().removeItem(name)
    else storage().setItem(name, value)
  } catch {
    // Not remembered, then.
  }
}

const local = () => window.localStorage
const session = () => window.sessionStorage

const tokenPattern = /^[0-9a-f]{32}$/
const roomPattern = /^[a-z0-9-]{1,32}$/

const profileOf = (name: string | null, color: string | null): Profile | null =>
  name !== null && color !== null && /^[^\p{C}]{1,24}$/u.test(name) && /^#[0-9a-f]{6}$/.test(color)
    ? { name, color }
    : null

/** A fresh token: 128 random bits. (`randomUUID` is not there on pages without TLS.) */
const freshToken = (): SeatToken =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join(
    ""
  ) as SeatToken

/** This tab's token, made when it is first asked for. */
export const token = (): SeatToken => {
  const known = read(session, names.token)
  if (known !== null && tokenPattern.test(known)) return known as SeatToken
  return renewToken()
}

/** A token for a seat of its own, where this tab's is played elsewhere. */
export const renewToken = (): SeatToken => {
  const made = freshToken()
  write(session, names.token, made)
  return made
}

/** What this tab played when it was loaded last, so that a reload goes on. */
export const playedRoom = (): RoomId | null => {
  const room = read(session, names.room)
  return room !== null && roomPattern.test(room) ? room as RoomId : null
}

export const rememberRoom = (room: RoomId | null): void => write(session, names.room, room)

export const profile = (): Profile | null => {
  // This tab's own: another may be played under another name.
  const known = read(session, names.profile) ?? read(local, names.profile)
  if (known === null) return null
  const [color, ...name] = known.split(" ")
  return profileOf(name.join(" "), color ?? null)
}

export const rememberProfile = ({ color, name }: Profile): void => {
  for (const storage of [session, local]) write(storage, names.profile, `${color} ${name}`)
}

export const isMuted = (): boolean => read(local, names.muted) === "yes"

export const rememberMuted = (muted: boolean): void => write(local, names.muted, muted ? "yes" : null)

/** Reads the page's address, and takes out of it what nobody should see or copy. */
export const arrive = (): Arrival => {
  const key = new URLSearchParams(location.search).get("key") ?? ""
  const brought = new URLSearchParams(location.hash.slice(1))
  if (location.hash !== "") history.replaceState(null, "", location.pathname + location.search)
  const room = brought.get("room")
  const profileBrought = profileOf(brought.get("name"), brought.get("color"))
  if (room === null || !roomPattern.test(room) || profileBrought === null) return { key, moved: null }
  const seat = brought.get("seat")
  const kept = seat !== null && tokenPattern.test(seat) ? seat as SeatToken : null
  if (kept !== null) write(session, names.token, kept)
  return { key, moved: { room: room as RoomId, token: kept, profile: profileBrought } }
}

/** The address of another node's page, with what this page takes along. */
export const addressWith = (
  page: string,
  luggage: { readonly room: string; readonly token: string | null; readonly profile: Profile } | null
): string => {
  if (luggage === null) return page
  const { profile: { color, name }, room, token: seat } = luggage
  return `${page}#${new URLSearchParams({ room, name, color, ...(seat !== null && { seat }) })}`
}
