/**
 * "Still here", many times a second between linked nodes: small datagrams where there are any, else frames on the link.
 * A hint for the failure detector, the measure of the round trip, and the gossip of who follows whom. May be lost.
 */
import { Schema } from "effect"
import { Name, PeerId } from "./Ids.ts"
import { ReignRef } from "./Reign.ts"

/** The largest beat datagram, in bytes. */
export const beatBytesMax = 512

export const Beat = Schema.Struct({
  hostless: Schema.Int,
  cluster: Name,
  from: PeerId,
  /** The recipient, so that a datagram that went astray (a reused port) is not taken for a beat. */
  to: PeerId,
  /** Grows with every beat of this process, by more than one where some went to others only; from 1. */
  number: Schema.NonNegativeInt,
  /** The number of the newest beat received from the recipient, 0 if none, and how long ago that was. */
  echo: Schema.NonNegativeInt,
  echoAgeMs: Schema.Number.pipe(Schema.between(0, 3_600_000)),
  /** The reign that the sender has accepted. */
  reign: Schema.NullOr(ReignRef),
  /** Authentication code, once there are keys. */
  mac: Schema.NullOr(Schema.String.pipe(Schema.maxLength(64)))
})
export type Beat = typeof Beat.Type
