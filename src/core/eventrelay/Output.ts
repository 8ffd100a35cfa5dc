/** What the relay's fold wants done. Lines are without their ends. */
import type { Reason } from "../../protocol/EventRelay.ts"
import type { Channel, Client } from "./Channel.ts"

export type Output =
  /** One line for one client. A newer one with the same key may take its place. */
  | { readonly _tag: "tell"; readonly to: Client; readonly line: string; readonly key: string | null }
  /** A line for all clients of a channel but one: one for members, and one, if any, for plain clients and listeners. */
  | {
    readonly _tag: "cast"
    readonly channel: Channel
    readonly except: Client | null
    readonly toMembers: string
    readonly toPlain: string | null
    readonly key: string | null
  }
  /** A line was not taken; the client has been told. */
  | { readonly _tag: "refused"; readonly client: Client; readonly reason: Reason; readonly detail: string }
  /** The client's connection is to be ended. It has been told why, and so have others. */
  | { readonly _tag: "end"; readonly client: Client; readonly reason: Reason; readonly detail: string }
