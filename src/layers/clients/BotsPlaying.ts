/**
 * Players that the program plays at this node, through `GameClient` like any screen. They check what becomes of their
 * inputs as a screen does.
 */
import { Clock, Data, Duration, Effect, Random, Stream } from "effect"
import * as InputLedger from "../../core/InputLedger.ts"
import * as Match from "../../core/Match.ts"
import { source } from "../../core/Random.ts"
import * as SeatInputs from "../../core/screen/SeatInputs.ts"
import type { Profile, RoomId, SeatId, SeatToken } from "../../protocol/Ids.ts"
import type { NumberedInput } from "../../protocol/Input.ts"
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
    readonly verdict: InputLedger.Verdict
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
    let inputs: SeatInputs.SeatInputs | null = null
    let memory = bot.start
    /** The game's view, once the seat is in it. */
    let newest: unknown = null
    let actedAtMs = -Infinity

    const onView = Effect.fnUntraced(function*(shown: ShownView) {
      const { view } = shown
      const seat = held.within(shown)
      if (seat !== (inputs?.seat ?? null)) {
        inputs = seat === null ? null : SeatInputs.of(seat)
        newest = null
        if (seat !== null) options.record?.({ _tag: "seated", seat })
      }
      if (seat === null || inputs === null) return
      const before = inputs.ledger?.acknowledged[0] ?? Infinity
      const [heard, verdict] = SeatInputs.viewed(inputs, shown)
      inputs = heard
      if (heard.ledger === null || verdict === "none") return
      const [number, hash] = heard.ledger.acknowledged
      if (verdict === "old" || verdict === "disputed") {
        options.record?.({ _tag: "rebased", seat, number, hash })
        for (const [number, input] of heard.ledger.pending) options.record?.({ _tag: "input", seat, number, input })
      }
      if (verdict !== "adopted" && (number > before || verdict === "disputed")) {
        options.record?.({ _tag: "acknowledged", epoch: shown.epoch, seat, number, hash, verdict })
      }
      if (verdict === "disputed") yield* client.dispute(options.room, seat, `number ${number} with hash ${hash}`)
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
      if (inputs?.ledger == null || newest === null) return Effect.void
      const { seat } = inputs
      let { ledger } = inputs
      const thought = bot.think(newest, seat, memory, chance)
      memory = thought.memory
      if (thought.input !== null) {
        const [pushed, number] = InputLedger.push(ledger, thought.input)
        ledger = pushed
        if (number !== null) options.record?.({ _tag: "input", seat, number, input: thought.input })
      }
      const nowMs = clock.unsafeCurrentTimeMillis()
      const due = InputLedger.due(ledger, nowMs)
      inputs = { ...inputs, ledger: due === null ? ledger : InputLedger.sent(ledger, nowMs) }
      return due === null ? Effect.void : held.input(due as ReadonlyArray<NumberedInput>)
    })

    // Views come only when something was committed: without being asked in between no bot would ever begin.
    if (isCommitted) {
      yield* Effect.forkScoped(Effect.forever(Effect.zipRight(Effect.sleep(Duration.millis(1000 / tickRate)), think)))
    }
    yield* Effect.forkScoped(Stream.runForEach(client.watch(options.room), onView))
    yield* Stream.runDrain(held.seats)
    return yield* Effect.never
  }))
