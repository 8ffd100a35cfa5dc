/**
 * What a screen makes of its room: from views to what a scene draws, and from the player's hands to inputs. Plain and
 * synchronous; times are passed in.
 */
import * as InputLedger from "../../../core/InputLedger.ts"
import { Prediction } from "../../../core/Prediction.ts"
import * as SeatInputs from "../../../core/screen/SeatInputs.ts"
import type { ReceivedView } from "../../../core/screen/Views.ts"
import { type Points, Smoothing } from "../../../core/smoothing/Smoothing.ts"
import type { SeatId } from "../../../protocol/Ids.ts"
import type { NumberedInput } from "../../../protocol/Input.ts"
import type { Inputs } from "../../../protocol/Session.ts"
import type { SceneDescription } from "../../Scene.ts"

/** Without a newer view for so long, the game counts as standing still. */
export const waitingAfterMs = 400

export interface Drawn {
  readonly view: unknown
  readonly points: Points
}

export class Play {
  /** The newest view, or null before the first. */
  shown: ReceivedView | null = null
  /** When it came. */
  viewedAtMs = -Infinity

  private inputs: SeatInputs.SeatInputs | null = null
  private smoothing: Smoothing
  private prediction: Prediction<unknown> | null = null
  private scene: SceneDescription | null = null
  private wish: { readonly input: unknown } | null = null
  private pushedAtMs = -Infinity

  constructor(
    private tickRate: number,
    /** Sends inputs to the node; false when there is no connection. */
    private readonly send: (message: typeof Inputs.Type) => boolean
  ) {
    this.smoothing = this.freshSmoothing()
  }

  /** The own seat, or null while the screen only watches. */
  get seat(): SeatId | null {
    return this.inputs?.seat ?? null
  }

  /** The own seat's inputs, as soon as a view has shown it. */
  get ledger(): InputLedger.Ledger | null {
    return this.inputs?.ledger ?? null
  }

  private set ledger(ledger: InputLedger.Ledger) {
    if (this.inputs !== null) this.inputs = { ...this.inputs, ledger }
  }

  /** Whether views come only when something was committed: silence says nothing then. */
  get isCommitted(): boolean {
    return this.scene?.game.ordering === "committed"
  }

  /** How to read the game's views; until it is told nothing is smoothed or predicted. */
  use(scene: SceneDescription, tickRate: number): void {
    this.scene = scene
    this.tickRate = tickRate
    this.smoothing = this.freshSmoothing()
    this.prediction = this.freshPrediction()
  }

  /** Another room: nothing of the one before counts. */
  enter(): void {
    this.shown = null
    this.viewedAtMs = -Infinity
    this.unseat()
    this.smoothing = this.freshSmoothing()
  }

  /** Another connection to this room, perhaps to another node. */
  reconnected(): void {
    if (this.ledger !== null) this.ledger = InputLedger.sendAgain(this.ledger)
  }

  /** The node gave this seat. */
  seated(seat: SeatId): void {
    if (seat !== this.seat) {
      this.inputs = SeatInputs.of(seat)
      this.prediction = null
    }
    if (this.ledger === null && this.shown !== null) this.hear(this.shown, -Infinity)
    // A seat that was away stands still: what the player wants is said again.
    if (this.ledger !== null && this.wish !== null) this.ledger = InputLedger.push(this.ledger, this.wish.input)[0]
  }

  /** From here on the screen only watches. */
  unseat(): void {
    this.inputs = null
    this.prediction = null
  }

  /** A newer view. `seat`: the own one within it, or null where it has none. */
  viewed(shown: ReceivedView, seat: SeatId | null, nowMs: number): void {
    const { view } = shown
    if (this.shown !== null && view.clock < this.shown.view.clock) this.smoothing.restart()
    this.shown = shown
    this.viewedAtMs = nowMs
    if (seat !== null && seat === this.seat) this.hear(shown, nowMs)
    if (this.scene?.track !== undefined) this.smoothing.push(view.clock, this.scene.track(view.game), nowMs)
    this.flush(nowMs)
  }

  /** What the own seat wants from now on; in a committed game an act, which stands for itself. */
  want(input: unknown, nowMs: number): void {
    if (this.isCommitted) {
      if (this.ledger !== null) this.ledger = InputLedger.push(this.ledger, input)[0]
      return this.flush(nowMs)
    }
    this.wish = { input }
    // What changes faster than the game ticks is said once per tick.
    if (nowMs - this.pushedAtMs >= 700 / this.tickRate) this.push(nowMs)
  }

  /** To be called often: sends what is due. */
  flush(nowMs: number): void {
    if (this.wish !== null && this.wish !== this.pushed && nowMs - this.pushedAtMs >= 700 / this.tickRate) {
      this.push(nowMs)
    }
    const { ledger, shown } = this
    if (ledger === null || shown === null) return
    const [first, ...rest] = (InputLedger.due(ledger, nowMs) ?? []) as ReadonlyArray<NumberedInput>
    if (first !== undefined && this.send({ _tag: "inputs", epoch: shown.epoch, inputs: [first, ...rest] })) {
      this.ledger = InputLedger.sent(ledger, nowMs)
    }
  }

  /** What to draw now, or null before the first view. */
  draw(nowMs: number): Drawn | null {
    if (this.shown === null) return null
    const others = this.smoothing.sample(nowMs)
    const own = this.prediction?.sample(nowMs) ?? null
    return own === null
      ? { view: this.shown.view.game, points: others }
      : { view: own.view, points: { ...others, ...own.points } }
  }

  private pushed: { readonly input: unknown } | null = null

  private push(nowMs: number): void {
    const { ledger, wish } = this
    if (ledger === null || wish === null) return
    this.pushed = wish
    this.pushedAtMs = nowMs
    const [pushed, number] = InputLedger.push(ledger, wish.input)
    this.ledger = pushed
    if (number !== null) this.prediction?.want(number, wish.input, nowMs)
    this.flush(nowMs)
  }

  private hear(shown: ReceivedView, nowMs: number): void {
    if (this.inputs === null) return
    const [inputs, hearing] = SeatInputs.viewed(this.inputs, shown)
    this.inputs = inputs
    if (inputs.ledger === null || hearing === "none") return
    if (hearing === "adopted") {
      this.prediction = this.freshPrediction()
      this.pushed = null
    } else if (hearing !== "ok") {
      this.prediction?.restart()
      for (const [number, input] of inputs.ledger.pending) this.prediction?.want(number, input, nowMs)
    }
    const { game, clock } = shown.view
    if (nowMs > -Infinity) this.prediction?.push(game, clock, inputs.ledger.acknowledged[0], nowMs)
  }

  private freshSmoothing(): Smoothing {
    return new Smoothing({ tickRate: this.tickRate, snapBeyond: this.scene?.snapBeyond ?? Infinity })
  }

  private freshPrediction(): Prediction<unknown> | null {
    const { scene, seat } = this
    const predict = scene?.game.predict
    const track = scene?.track
    if (seat === null || predict === undefined || track === undefined || this.ledger === null) return null
    return new Prediction<unknown>({
      tickRate: this.tickRate,
      seat,
      predict: (view, inputs) => predict(view, seat, inputs),
      points: (view) => {
        const all = track(view)
        const own = all[seat]
        if (own === undefined) return {}
        return scene?.predicts === "everything" ? all : { [seat]: own }
      },
      snapBeyond: scene?.snapBeyond ?? Infinity,
      aheadMsMax: scene?.aheadMsMax
    })
  }
}
