/**
 * What screens want of the host: seats, and the inputs of those who have one.
 */
import { Effect, Random, Schema } from "effect"
import * as Match from "../../core/Match.ts"
import * as Seats from "../../core/Seats.ts"
import type { PeerId, RoomId } from "../../protocol/Ids.ts"
import type { InputMessage, SeatRefused } from "../../protocol/Input.ts"
import type { RoomOptions } from "../../protocol/Match.ts"
import { equals } from "../../protocol/Reign.ts"
import { guard } from "../../protocol/Validation.ts"
import type { ElectionService } from "../../services/Election.ts"
import type { Desk } from "./Desk.ts"
import type { Hosting } from "./Hosting.ts"
import type { Ordering } from "./Ordering.ts"

type MessageOf<M, T> = Extract<M, { readonly _tag: T }>

/** `refused` takes the refusals for this node's own screens. */
export const make = (
  desk: Desk,
  { order }: Ordering,
  election: ElectionService,
  refused: (refusal: SeatRefused) => Effect.Effect<unknown>
) => {
  const { absentSince, buffers, game, links, self, store } = desk
  const isInput = guard(game.Input)
  const counters = { inputsDuplicate: 0, inputsInvalid: 0 }

  const onInput = Effect.fnUntraced(function*(from: PeerId, message: InputMessage) {
    if (message._tag === "seat-refused") return yield* refused(message)
    const standing = yield* election.standing
    const handedOver = standing.over.some((over) => equals(over, message.reign))
    if (!equals(standing.reign, message.reign) && !handedOver) return
    const mine = desk.hosting
    if (message._tag === "inputs") {
      if (mine !== null || (desk.offered !== null && equals(desk.offered, message.reign))) bufferInputs(from, message)
      return
    }
    if (mine === null || !mine.running) return
    if (message._tag === "take-seat") return yield* onTakeSeat(mine, from, message)
    if (message._tag === "open-room") return yield* open(mine, message.room, message.options)
    const record = store.get(message.room)?.state.seats.find((one) => one.seat === message.seat)
    if (record === undefined || record.node !== from) return
    if (message._tag === "act") return yield* onAct(mine, message)
    buffers.get(message.room)?.forget(message.seat)
    if (message.for === "leave") yield* order(mine, message.room, [{ _tag: "left", seat: message.seat }])
    else if (record.awaySince === null) yield* order(mine, message.room, [{ _tag: "away", seat: message.seat }])
  })

  /** A node speaks for the seats that it serves; the host before this one, for all whose inputs it had not applied. */
  const bufferInputs = (from: PeerId, message: MessageOf<InputMessage, "inputs">): void => {
    const record = store.get(message.room)?.state.seats.find((one) => one.seat === message.seat)
    if (record === undefined || (record.node !== from && message.reign.host !== from)) return
    if (!message.inputs.every(([, input]) => isInput(input))) counters.inputsInvalid++
    else counters.inputsDuplicate += desk.bufferOf(message.room).offer(message.seat, record.lastInput, message.inputs)
  }

  /** Unless it is there already. Options that the game does not take are the sender's mistake, and change nothing. */
  const open = Effect.fnUntraced(function*(mine: Hosting, room: RoomId, options: RoomOptions | undefined) {
    if (store.get(room) !== undefined) return
    if (game.match !== undefined && !Schema.is(game.match.Options)(options)) {
      counters.inputsInvalid++
      return
    }
    const seed = yield* Random.nextIntBetween(0, 0xffffffff)
    const chosen = game.match === undefined || options === undefined ? {} : { options }
    yield* order(mine, room, [{ _tag: "opened", room, seed, ...chosen }])
  })

  /** Said again until the view shows it, so most of them change nothing, and are no events. */
  const onAct = (mine: Hosting, { act, ballot, room, seat }: MessageOf<InputMessage, "act">) => {
    const match = store.get(room)?.state.match
    if (match === null || match === undefined || !Match.matters(match, seat, act, ballot)) return Effect.void
    return order(mine, room, [{ _tag: "acted", seat, act, ballot }])
  }

  const onTakeSeat = Effect.fnUntraced(function*(
    mine: Hosting,
    from: PeerId,
    message: MessageOf<InputMessage, "take-seat">
  ) {
    const { node, room, tokenHash } = message
    const refuse = (reason: SeatRefused["reason"]) => {
      const refusal: SeatRefused = { _tag: "seat-refused", reign: mine.reign, room, tokenHash, reason }
      return from === self ? refused(refusal) : links.send(from, "input", refusal)
    }
    if (node !== from) return
    yield* open(mine, room, game.match?.defaults)
    const state = store.get(room)?.state
    if (state === undefined) return yield* refuse("too-many-rooms")
    const back = Seats.back(state, message)
    if (back !== null) {
      for (const { seat } of back) {
        buffers.get(room)?.forget(seat)
        absentSince.delete(from)
      }
      return yield* order(mine, room, back)
    }
    if (state.match !== null && !Match.isOpen(state.match)) return yield* refuse("started")
    const fresh = Seats.fresh(state, message, game.match?.players(state.options).max ?? game.seats.max)
    if (fresh === null) return yield* refuse("full")
    yield* order(mine, room, fresh)
  })

  return { onInput, counters }
}
