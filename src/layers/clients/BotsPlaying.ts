/**
 * Players that the program plays at this node, through `GameClient` like any screen. They check what becomes of their
 * inputs as a screen does.
 */
import { Clock, Data, Duration, Effect, Random, Stream } from "effect"
import { InputLedger, type Verdict } from "../../core/InputLedger.ts"
import * as Match from "../../core/Match.ts"
import { source } from "../../core/Random.ts"
import type { Profile, RoomId, SeatId, SeatToken } from "../../protocol/Ids.ts"
import { inputsPerMessageMax, type NumberedInput } from "../../protocol/Input.ts"
import { CurrentGame } from "../../services/CurrentGame.ts"
import { GameClient, type SeatError, type ShownView } from "../../services/GameClient.ts"

/** The game has no bot. */
export class NoBotError extends Data.TaggedError("NoBotError")<{ readonly game: string }> {}

/** What a bot did, for whoever keeps an account of it. */
export type BotRecord =
  | { readonly _tag: "seated"; readonly seat: SeatId }
  | { readonly _tag: "input"; readonly seat: SeatId; readonly number: number; readonly input: unknown }
  | {
    readonly _tag: "acknowledged"
    readonly epoch: number
    readonly seat: SeatId
    readonly number: number
    readonly hash: number
    readonly verdict: Verdict
  }
  /** Another lineage goes on, in which the seat stands here; what is sent from now on follows on that. */
  | { readonly _tag: "rebased"; readonly seat: SeatId; readonly number: number; readonly hash: number }

export interface BotOptions {
  readonly room: RoomId
  readonly profile: Profile
  /** Called synchronously, before the input is sent and after the acknowledgement is seen. */
  readonly record?: (entry: BotRecord) => void
}

/** How often a bot says again what was not heard. */
const actEveryMs = 200

/** 128 random bits. */
export const freshToken: Effect.Effect<SeatToken> = Effect.map(
  Effect.replicateEffect(Random.nextIntBetween(0, 0x10000), 8),
  (parts) => parts.map((part) => part.toString(16).padStart(4, "0")).join("") as SeatToken
)

/** Plays one seat until interrupted; then gives it up. Fails when there is no seat for it, or not any more. */
export const play = (options: BotOptions): Effect.Effect<never, NoBotError | SeatError, GameClient | CurrentGame> =>
  Effect.scoped(Effect.gen(function*() {
    const client = yield* GameClient
    const { bot, name, ordering, tickRate } = yield* CurrentGame
    const isCommitted = ordering === "committed"
    if (bot === undefined) return yield* new NoBotError({ game: name })
    const clock = yield* Clock.clockWith(Effect.succeed)
    // A sequence of the bot's own, so that bots of one node do not think alike.
    const chance = source(yield* Random.nextIntBetween(1, 0x7fffffff))

    const token = yield* freshToken
    const held = yield* client.take(options.room, { token, profile: options.profile })
    yield* Effect.addFinalizer(() => held.leave)
    let seat: SeatId | null = null
    let ledger: InputLedger | null = null
    let memory = bot.start
    /** The game's view, once the seat is in it. */
    let newest: unknown = null
    let epoch = 0
    let actedAtMs = -Infinity

    const onView = Effect.fnUntraced(function*(shown: ShownView) {
      const { view } = shown
      const now = held.within(shown)
      if (now !== seat) {
        seat = now
        ledger = newest = null
        if (seat !== null) options.record?.({ _tag: "seated", seat })
      }
      const ack = seat === null ? undefined : view.acks[seat]
      if (seat === null || ack === undefined) return
      const mine = ledger ??= new InputLedger(inputsPerMessageMax, ack)
      if (shown.epoch !== epoch) {
        epoch = shown.epoch
        mine.sendAgain()
      }
      const before = mine.acknowledged[0]
      const verdict = mine.acknowledge(ack)
      // Views come in order: only where a split healed does an acknowledgement go back.
      if (verdict === "old") mine.rebase(ack)
      if (verdict !== "ok") {
        options.record?.({ _tag: "rebased", seat, number: ack[0], hash: ack[1] })
        for (const [number, input] of mine.unacknowledged()) options.record?.({ _tag: "input", seat, number, input })
      }
      if (ack[0] > before || verdict === "disputed") {
        options.record?.({ _tag: "acknowledged", epoch, seat, number: ack[0], hash: ack[1], verdict })
      }
      if (verdict === "disputed") yield* client.dispute(options.room, seat, `number ${ack[0]} with hash ${ack[1]}`)
      if (view.match !== null) {
        const due = Match.due(view.match, seat, true)
        if (due !== null && clock.unsafeCurrentTimeMillis() - actedAtMs >= actEveryMs) {
          actedAtMs = clock.unsafeCurrentTimeMillis()
          yield* held.act(due.act, due.ballot)
        }
        if (view.match.stage !== "playing") return
      }
      newest = view.game
      if (!isCommitted) yield* think
    })

    const think = Effect.suspend(() => {
      if (seat === null || ledger === null || newest === null) return Effect.void
      const mine = ledger
      const thought = bot.think(newest, seat, memory, chance)
      memory = thought.memory
      if (thought.input !== null) {
        const number = mine.push(thought.input)
        if (number !== null) options.record?.({ _tag: "input", seat, number, input: thought.input })
      }
      const nowMs = clock.unsafeCurrentTimeMillis()
      if (!mine.isDue(nowMs)) return Effect.void
      mine.sent(nowMs)
      return held.input(mine.unacknowledged() as ReadonlyArray<NumberedInput>)
    })

    // Views come only when something was committed: without being asked in between no bot would ever begin.
    if (isCommitted) {
      yield* Effect.forkScoped(Effect.forever(Effect.zipRight(Effect.sleep(Duration.millis(1000 / tickRate)), think)))
    }
    yield* Effect.forkScoped(Stream.runForEach(client.watch(options.room), onView))
    yield* Stream.runDrain(held.seats)
    return yield* Effect.never
  }))
