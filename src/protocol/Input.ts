/** What a node forwards to the host on behalf of the screens that it serves. Input class: limited per seat and tick. */
import { Schema } from "effect"
import { InputNumber, PeerId, Profile, RoomId, SeatId, TokenHash } from "./Ids.ts"
import { Act, RoomOptions } from "./Match.ts"
import { ReignRef } from "./Reign.ts"

/** The most inputs that one message carries; a screen keeps no more unacknowledged. */
export const inputsPerMessageMax = 64

export const NumberedInput = Schema.Tuple(InputNumber, Schema.Unknown)
export type NumberedInput = typeof NumberedInput.Type

const ofRoom = { reign: ReignRef, room: RoomId }
const ofSeat = { ...ofRoom, seat: SeatId }

/** All inputs of a seat that no view has acknowledged yet, oldest first, without gaps. */
export const SeatInputs = Schema.TaggedStruct("inputs", {
  ...ofSeat,
  inputs: Schema.Array(NumberedInput).pipe(Schema.minItems(1), Schema.maxItems(inputsPerMessageMax))
})

/** A screen wants a new seat, or its token's. Repeated until the log shows it, or `seat-refused` comes. */
export const TakeSeat = Schema.TaggedStruct("take-seat", {
  ...ofRoom,
  tokenHash: TokenHash,
  profile: Profile,
  node: PeerId
})

/** Opens a room with these options of the game, where there is none of that name. Repeated until the log shows it. */
export const OpenRoom = Schema.TaggedStruct("open-room", { ...ofRoom, options: RoomOptions })

/** What a seat does besides playing; for `vote`, the start that it is for. Repeated until the view shows it. */
export const SeatAct = Schema.TaggedStruct("act", { ...ofSeat, act: Act, ballot: Schema.NonNegativeInt })

export const SeatRefusal = Schema.Literal("full", "no-room", "too-many-rooms", "started")
export type SeatRefusal = typeof SeatRefusal.Type

export const SeatRefused = Schema.TaggedStruct("seat-refused", { ...ofRoom, tokenHash: TokenHash, reason: SeatRefusal })
export type SeatRefused = typeof SeatRefused.Type

/** The seat's screen is gone (`away`) or has left for good (`leave`). */
export const QuitSeat = Schema.TaggedStruct("quit-seat", { ...ofSeat, for: Schema.Literal("away", "leave") })

export const InputMessage = Schema.Union(SeatInputs, TakeSeat, SeatRefused, QuitSeat, SeatAct, OpenRoom)
export type InputMessage = typeof InputMessage.Type
