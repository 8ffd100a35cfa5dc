/**
 * What the page's address and this browser remember: the key, the seat's token, and how the player wants to be seen.
 *
 * The token belongs to one tab (sessionStorage) and moves with it to another node's page in the address's fragment, which
 * no server is sent, and which is taken out of the address bar at once.
 */
import { Encoding } from "effect"
import { Profile, RoomId, SeatToken } from "../../../protocol/Ids.ts"
import { guard } from "../../../protocol/Validation.ts"

export interface Arrival {
  readonly key: string
  /** The page came from another node, with its seat. */
  readonly moved: { readonly room: RoomId; readonly token: SeatToken | null; readonly profile: Profile } | null
}

type Name = "token" | "profile" | "room" | "muted"

/** Storage may be switched off: then nothing is remembered. */
const read = (storage: () => Storage, name: Name): string | null => {
  try {
    return storage().getItem(`hostless:${name}`)
  } catch {
    return null
  }
}

const write = (storage: () => Storage, name: Name, value: string | null): void => {
  try {
    if (value === null) storage().removeItem(`hostless:${name}`)
    else storage().setItem(`hostless:${name}`, value)
  } catch {
    // Not remembered, then.
  }
}

const local = () => window.localStorage
const session = () => window.sessionStorage

const isToken = guard(SeatToken)
const isRoom = guard(RoomId)
const isProfile = guard(Profile)

/** This tab's token, made when it is first asked for. */
export const token = (): SeatToken => {
  const known = read(session, "token")
  return isToken(known) ? known : renewToken()
}

/** A token for a seat of its own, where this tab's is played elsewhere: 128 random bits. (`randomUUID` is not there on pages without TLS.) */
export const renewToken = (): SeatToken => {
  const made = SeatToken.make(Encoding.encodeHex(crypto.getRandomValues(new Uint8Array(16))))
  write(session, "token", made)
  return made
}

/** What this tab played when it was loaded last, so that a reload goes on. */
export const playedRoom = (): RoomId | null => {
  const room = read(session, "room")
  return isRoom(room) ? room : null
}

export const rememberRoom = (room: RoomId | null): void => write(session, "room", room)

export const profile = (): Profile | null => {
  // This tab's own: another may be played under another name.
  const known = read(session, "profile") ?? read(local, "profile")
  if (known === null) return null
  const [color, ...name] = known.split(" ")
  const profile = { name: name.join(" "), color }
  return isProfile(profile) ? profile : null
}

export const rememberProfile = ({ color, name }: Profile): void => {
  for (const storage of [session, local]) write(storage, "profile", `${color} ${name}`)
}

export const isMuted = (): boolean => read(local, "muted") === "yes"

export const rememberMuted = (muted: boolean): void => write(local, "muted", muted ? "yes" : null)

/** Reads the page's address, and takes out of it what nobody should see or copy. */
export const arrive = (): Arrival => {
  const key = new URLSearchParams(location.search).get("key") ?? ""
  const brought = new URLSearchParams(location.hash.slice(1))
  if (location.hash !== "") history.replaceState(null, "", location.pathname + location.search)
  const room = brought.get("room")
  const profile = { name: brought.get("name"), color: brought.get("color") }
  if (!isRoom(room) || !isProfile(profile)) return { key, moved: null }
  const seat = brought.get("seat")
  const token = isToken(seat) ? seat : null
  if (token !== null) write(session, "token", token)
  return { key, moved: { room, token, profile } }
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
