/** What screens say: decoded by its schema, counted where that fails, and done. */
import { Effect, FiberSet, Schema } from "effect"
import { protocolVersion } from "../../protocol/Discovery.ts"
import type { RoomId } from "../../protocol/Ids.ts"
import type { NumberedInput } from "../../protocol/Input.ts"
import type { RoomOptions } from "../../protocol/Match.ts"
import { bodyReader } from "../../protocol/Reading.ts"
import { ScreenMessage } from "../../protocol/Session.ts"
import { guard } from "../../protocol/Validation.ts"
import { CurrentGame } from "../../services/CurrentGame.ts"
import { GameClient } from "../../services/GameClient.ts"
import { Rejections } from "../../services/Rejections.ts"
import * as GatewayMetrics from "./GatewayMetrics.ts"
import type * as RoomFeeds from "./RoomFeeds.ts"
import { encode, invalidMessagesMax, type Screen } from "./Screen.ts"
import type * as ScreenSeats from "./ScreenSeats.ts"

/** A room that is not open after so long is not asked for any more. */
const openWithinMs = 5_000

/** What a message costs of the screen's allowance: what makes work for the whole cluster costs more. */
const costs: { readonly [tag: string]: number } = { join: 24, leave: 24, open: 24, resync: 8, act: 8 }

const decode = bodyReader(ScreenMessage)

export const make = Effect.fnUntraced(function*(
  feeds: Effect.Effect.Success<typeof RoomFeeds.make>,
  seats: Effect.Effect.Success<typeof ScreenSeats.make>,
  now: () => number
) {
  const client = yield* GameClient
  const game = yield* CurrentGame
  const rejections = yield* Rejections
  const run = yield* FiberSet.makeRuntime<never>()
  const isInput = guard(game.Input)

  const reject = (screen: Screen): void => {
    rejections.add()
    GatewayMetrics.rejected.unsafeUpdate(1, [])
    if (++screen.invalidMessages >= invalidMessagesMax) {
      run(Effect.logDebug("A screen that sends what no schema takes is closed"))
      screen.end("invalid")
    }
  }

  const areInputs = (inputs: ReadonlyArray<NumberedInput>): boolean =>
    inputs.every(([number, input], index) => number === inputs[0]![0] + index && number > 0 && isInput(input))

  const sendInputs = (screen: Screen, epoch: number, inputs: ReadonlyArray<NumberedInput>): void => {
    const { feed, seating } = screen
    if (seating === null) return
    // Numbered under an older reign, perhaps in another lineage: the screen sends them again when it has seen the newer.
    if (feed !== null && feed.newest !== null && epoch < feed.newest.epoch) return
    if (!areInputs(inputs) || !seating.audit.sent(inputs)) return reject(screen)
    run(seating.held.input(inputs))
  }

  const join = (screen: Screen, join: ScreenSeats.Join): void => {
    const { room, seat, subscription, version } = join
    if (version !== protocolVersion) {
      const detail = `This page speaks version ${version}, the node version ${protocolVersion}: load the page again.`
      screen.send(encode({ _tag: "refused", subscription, reason: "version", detail }))
      return
    }
    screen.subscription = subscription
    feeds.watch(screen, room)
    if (seat === null) seats.release(screen)
    else seats.take(screen, { ...join, seat })
  }

  const handle = (screen: Screen, message: ScreenMessage): void => {
    switch (message._tag) {
      case "inputs":
        return sendInputs(screen, message.epoch, message.inputs)
      case "ping":
        return screen.send(encode({ _tag: "pong", at: message.at }))
      case "resync":
        return screen.resync()
      case "join":
        return join(screen, message)
      case "leave":
        return seats.leave(screen)
      case "act":
        if (screen.seating !== null) run(screen.seating.held.act(message.act, message.ballot))
        return
      case "open":
        return open(screen, message.room, message.options)
    }
  }

  /** A room of one's own; what its options may be is the game's business. */
  const open = (screen: Screen, room: RoomId, options: RoomOptions): void => {
    if (game.match !== undefined && !Schema.is(game.match.Options)(options)) return reject(screen)
    run(Effect.timeoutOption(client.open(room, options), openWithinMs))
  }

  /** A message came; null for what cannot be one. */
  const receive = (screen: Screen, body: Uint8Array | null): void => {
    if (!screen.allowance.take(1, now())) return GatewayMetrics.limited.unsafeUpdate(1, [])
    const message = body === null ? null : decode(body)
    if (message === null) return reject(screen)
    const cost = (costs[message._tag] ?? 1) - 1
    if (cost > 0 && !screen.allowance.take(cost, now())) return GatewayMetrics.limited.unsafeUpdate(1, [])
    handle(screen, message)
  }

  return receive
})
