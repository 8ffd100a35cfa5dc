/** The screens that this node serves: what they say is checked and done, and what they watch is shown. */
import { Context, type Effect } from "effect"

/** Why a node ends a screen's connection. */
export type ScreenEnd = "leaving" | "invalid" | "slow" | "silent"

/** What a transport does for one screen. */
export interface ScreenSocket {
  readonly isOpen: () => boolean
  /** Bytes that were sent and have not left yet. */
  readonly bufferedBytes: () => number
  /** Sends one message, whole and in order. */
  readonly send: (body: Uint8Array) => void
  /**
   * Sends the newest view of a room: an older one that has not come is of no use any more. Null where whatever is sent
   * comes, in order: then each view can be a change of the one before.
   */
  readonly sendNewest: ((body: Uint8Array) => void) | null
  /** Asks the other end whether it is there; its answer is `heard`. */
  readonly ask: () => void
  /** Ends the connection; what was sent before may still come. */
  readonly end: (why: ScreenEnd) => void
}

/** What a transport tells of one screen. */
export interface AttachedScreen {
  /** A message came. Null: something that cannot be one. */
  readonly receive: (body: Uint8Array | null) => void
  /** The other end is there, though it said nothing. */
  readonly heard: () => void
  /** Bytes that were sent have left. */
  readonly drained: () => void
  /** It broke the transport's own rules: counted, and no more. */
  readonly broke: () => void
  /** The connection has ended. */
  readonly gone: () => void
}

export interface ScreensService {
  /** Whether there are as many as this node serves. */
  readonly isFull: () => boolean
  /** Not to be called while it is full. */
  readonly attach: (socket: ScreenSocket) => AttachedScreen
  /** How many are connected. */
  readonly count: Effect.Effect<number>
}

export class Screens extends Context.Tag("hostless/Screens")<Screens, ScreensService>() {}
