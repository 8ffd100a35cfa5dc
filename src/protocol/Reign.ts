/**
 * Reigns and their order. Everything that a host says carries the reign it says it under; what comes from an older
 * reign than the accepted one changes nothing (fencing by epoch).
 */
import { Schema } from "effect"
import { Epoch, PeerId } from "./Ids.ts"

/** The most nodes that one cluster counts. */
export const membersMax = 64

/** Names a reign: one host per epoch per node that accepts it. */
export const ReignRef = Schema.Struct({ epoch: Epoch, host: PeerId })
export type ReignRef = typeof ReignRef.Type

/**
 * A reign with the nodes that its host counted when it began. `root`: the reign that its line began with, by a node that
 * knew of none. Two lines that began apart know nothing of each other, whatever their epochs are.
 */
export const Reign = Schema.Struct({
  epoch: Epoch,
  host: PeerId,
  members: Schema.Array(PeerId).pipe(Schema.maxItems(membersMax)),
  root: ReignRef
})
export type Reign = typeof Reign.Type

/** Why a reign began. */
export const ReignCause = Schema.Literal("start", "crash", "silence", "handover", "heal")
export type ReignCause = typeof ReignCause.Type

/** That a reign begins: why, and which ones end by it with their hosts' consent. */
export const Declaration = Schema.Struct({
  reign: Reign,
  cause: ReignCause,
  over: Schema.Array(ReignRef).pipe(Schema.maxItems(16))
})
export type Declaration = typeof Declaration.Type

/** Total order: by epoch, then by the host's id. Negative when `a` is older. */
export const compare = (a: ReignRef, b: ReignRef): number =>
  a.epoch !== b.epoch ? a.epoch - b.epoch : a.host < b.host ? -1 : a.host > b.host ? 1 : 0

export const equals = (a: ReignRef | null, b: ReignRef | null): boolean =>
  a === b || (a !== null && b !== null && a.epoch === b.epoch && a.host === b.host)

export const ref = (reign: ReignRef): ReignRef => ({ epoch: reign.epoch, host: reign.host })
