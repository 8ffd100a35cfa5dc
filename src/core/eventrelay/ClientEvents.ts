/** What a client of the event relay is told, and what becomes of what it sends. */
import type { ClientId, Event, FromRelay, Member, Reason, Text } from "../../protocol/EventRelay.ts"

/** `at` is the relay's clock, in milliseconds since 1970. */
export type RelayEvent =
  | {
    readonly _tag: "connected"
    readonly id: ClientId
    readonly channel: string
    readonly members: ReadonlyArray<Member>
    readonly at: number
  }
  | { readonly _tag: "joined"; readonly member: Member; readonly at: number }
  | { readonly _tag: "left"; readonly member: Member; readonly at: number }
  | { readonly _tag: "gone"; readonly member: Member; readonly reason: Reason; readonly at: number }
  | Sent
  | { readonly _tag: "history"; readonly events: ReadonlyArray<Sent>; readonly at: number }
  /** So many events of each kind a second are taken from now on. */
  | { readonly _tag: "rate"; readonly perSecond: number }
  | { readonly _tag: "refused"; readonly reason: Reason; readonly detail: string }
  /** `reason`: the relay's own word, or null. `retryInMs`: when it is tried anew; null: not any more. */
  | {
    readonly _tag: "disconnected"
    readonly reason: Reason | null
    readonly detail: string
    readonly retryInMs: number | null
  }
  /** So many were forgotten since nobody asked for them in time. */
  | { readonly _tag: "missed"; readonly count: number }

export interface Sent {
  readonly _tag: "event"
  /** Of a plain client's line that is no JSON: the line. */
  readonly event: unknown
  readonly from: ClientId
  readonly kind: string | null
  readonly seq: number
  readonly at: number
}

/**
 * `sent`: written. `waits`: it is written soon, or not if a newer one of its kind comes first. The rest: it is not sent,
 * since it has too many bytes or is no JSON value, too much waits already, or the connection is closed for good.
 */
export type SendResult = "sent" | "waits" | "too long" | "no JSON" | "too much waits" | "closed"

const sentOf = (message: typeof Event.Type | typeof Text.Type): Sent => ({
  _tag: "event",
  event: "event" in message ? message.event : message.text,
  from: message.from,
  kind: "event" in message ? message.kind ?? null : null,
  seq: message.seq,
  at: message.at
})

/** What a message of the relay tells; null: nothing to its user. */
export const toldBy = (message: FromRelay): RelayEvent | null => {
  if ("event" in message || "text" in message) return sentOf(message)
  if ("welcome" in message) {
    const { channel, id, members } = message.welcome
    return { _tag: "connected", id, channel, members, at: message.at }
  }
  if ("join" in message) return { _tag: "joined", member: message.join, at: message.at }
  if ("leave" in message) return { _tag: "left", member: message.leave, at: message.at }
  if ("gone" in message) return { _tag: "gone", member: message.gone, reason: message.reason, at: message.at }
  if ("history" in message) return { _tag: "history", events: message.history.map(sentOf), at: message.at }
  if ("rate" in message) return { _tag: "rate", perSecond: message.rate.perSecond }
  if ("error" in message) return { _tag: "refused", ...message.error }
  return null
}
