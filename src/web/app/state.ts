/**
 * What the page shows around the field: small pieces that change now and then, as atoms. What changes with every frame
 * does not come here.
 */
import { Atom } from "@effect-atom/atom-react"
import type { RoomId } from "../../protocol/Ids.ts"
import type { Cluster, HostChanged, Welcome } from "../../protocol/Session.ts"
import type { RoomOptions, ScenePlayer, Standing } from "../Scene.ts"
import type { LinkState } from "./net/Connection.ts"
import type { Banner } from "./play/Banner.ts"
import type { MatchShown } from "./play/MatchShown.ts"

export interface ScoreLine extends ScenePlayer, Standing {
  readonly own: boolean
}

/**
 * `lobby`: choosing a name and a room. `joining`: the seat is on its way. `playing`, `watching`. `elsewhere`: another
 * window plays this seat.
 */
export type Stance = "lobby" | "joining" | "playing" | "watching" | "elsewhere"

export interface Presence {
  readonly stance: Stance
  readonly room: RoomId | null
  /** Why the node refused, to be said in the lobby. */
  readonly refusal: string | null
}

const kept = <A>(initial: A) => Atom.keepAlive(Atom.make<A>(initial))

export const link = kept<{ readonly state: LinkState; readonly to: string | null }>({ state: "connecting", to: null })
/** The node as it introduced itself. */
export const node = kept<typeof Welcome.Type | null>(null)
export const cluster = kept<Cluster | null>(null)
/** Screen to node and back, in milliseconds. */
export const pingMs = kept<number | null>(null)
export const presence = kept<Presence>({ stance: "lobby", room: null, refusal: null })
export const scores = kept<ReadonlyArray<ScoreLine>>([])
/** Colours that the players of the room shown have. */
export const takenColors = kept<ReadonlyArray<string>>([])
/** How the room's match stands; null where people come and go while the game is played. */
export const match = kept<MatchShown | null>(null)
/** What may be chosen for a new room. */
export const roomOptions = kept<RoomOptions | null>(null)
export const banner = kept<Banner | null>(null)
export const muted = kept(false)
/** The changes of host since the page was opened, oldest first. */
export const reigns = kept<ReadonlyArray<HostChanged>>([])
/** Said to players who listen. */
export const spoken = kept("")
/** The field's shape, width by height. */
export const aspect = kept(1.5)
/** How players say what they want. */
export const hands = kept<"directions" | "pointing">("directions")
/** How to play with a keyboard, if the scene tells. */
export const keys = kept<string | null>(null)
/** The scene could not be loaded. */
export const sceneError = kept<string | null>(null)
export const goal = kept<string | null>(null)
/** Scores up to this are shown as marks. */
export const scoreMax = kept<number | null>(null)
/** Whether the first view of the room has come. */
export const hasView = kept(false)
