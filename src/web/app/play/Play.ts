/**
 * What the page knows of its room: from messages to what a scene draws, and from the player's hands to messages. Plain
 * and synchronous; times are passed in.
 */
import { InputLedger } from "../../../core/InputLedger.ts"
import { Prediction } from "../../../core/Prediction.ts"
import { type Points, Smoothing } from "../../../core/smoothing/Smoothing.ts"
import { type ReceivedView, type ViewMessage, ViewReceiver } from "../../../core/ViewReceiver.ts"
import type { Epoch } from "../../../protocol/Ids.ts"
import { inputsPerMessageMax, type NumberedInput } from "../../../protocol/Input.ts"
import type { ScreenMessage } from "../../../protocol/Session.ts"
import { guard } from "../../../protocol/Validation.ts"
import { RoomView } from "../../../protocol/View.ts"
import type { SceneDescription } from "../../Scene.ts"

/** Without a newer view for so long, the game counts as standing still. */
export const waitingAfterMs = 400

/** A seat that the room does not know for so long is taken anew. */
const seatMissingMs = 1500

const isRoomView = guard(RoomView)

export interface Drawn {
  readonly view: unknown
  readonly points: Points
}

export interface PlayCounters {
  views: number
  resyncs: number
  dropped: number
}

export class Play {
  receiver = new ViewReceiver(isRoomView)
  readonly counters: PlayCounters = { views: 0, resyncs: 0, dropped: 0 }
  seat: number | null = null
  ledger: InputLedger | null = null
  /** When the newest view came. */
  viewedAtMs = -Infinity

  private smoothing: Smoothing
  private prediction: Prediction<unknown> | null = null
  private scene: SceneDescription | null = null
  private wish: { readonly input: unknown } | null = null
  private pushedAtMs = -Infinity
  private missingSinceMs: number | null = null

  constructor(
    private tickRate: number,
    /** Sends a message to the node; false when there is no connection. */
    private readonly send: (message: ScreenMessage) => boolean,
    /** The seat is gone from the room: it must be taken anew. */
    private readonly seatLost: () => void
  ) {
    this.smoothing = this.freshSmoothing()
  }

  get shown(): ReceivedView | null {
    return this.receiver.shown
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
    this.receiver = new ViewReceiver(isRoomView)
    this.viewedAtMs = -Infinity
    this.unseat()
    this.smoothing = this.freshSmoothing()
  }

  /** Another connection to this room, perhaps to another node. */
  reconnected(): void {
    this.receiver.reconnect()
    this.ledger?.sendAgain()
  }

  /** The node gave this seat. */
  seated(seat: number): void {
    if (seat !== this.seat) {
      this.ledger = null
      this.prediction = null
    }
    this.seat = seat
    this.missingSinceMs = null
    if (this.shown !== null) this.adopt(this.shown.view)
    // A seat that was away stands still: what the player wants is said again.
    if (this.ledger !== null && this.wish !== null) this.ledger.push(this.wish.input)
  }

  /** From here on the page only watches. */
  unseat(): void {
    this.seat = null
    this.ledger = null
    this.prediction = null
  }

  /** True if there is a newer view. */
  receive(message: ViewMessage, nowMs: number): boolean {
    const epochBefore = this.shown?.epoch ?? null
    const clockBefore = this.shown?.view.clock ?? 0
    const reception = this.receiver.receive(message, nowMs)
    if (reception === "resync") {
      this.counters.resyncs++
      this.send({ _tag: "resync" })
    }
    if (reception !== "shown") {
      this.counters.dropped++
      return false
    }
    const { epoch, view } = this.shown!
    this.counters.views++
    this.viewedAtMs = nowMs
    const newReign = epochBefore !== null && epoch !== epochBefore
    if (view.clock < clockBefore) this.smoothing.restart()
    if (newReign) this.ledger?.sendAgain()
    this.hear(view, newReign, nowMs)
    if (this.scene?.track !== undefined) this.smoothing.push(view.clock, this.scene.track(view.game), nowMs)
    this.flush(nowMs)
    return true
  }

  /** What the own seat wants from now on; in a committed game an act, which stands for itself. */
  want(input: unknown, nowMs: number): void {
    if (this.isCommitted) {
      this.ledger?.push(input)
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
    const { ledger } = this
    if (ledger === null || !ledger.isDue(nowMs)) return
    const inputs = ledger.unacknowledged() as ReadonlyArray<NumberedInput>
    const epoch = (this.shown?.epoch ?? 0) as Epoch
    const [first, ...rest] = inputs
    if (first !== undefined && this.send({ _tag: "inputs", epoch, inputs: [first, ...rest] })) ledger.sent(nowMs)
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

  /** The delay and lead that are in force, for those who want to know. */
  get pace(): { readonly delayTicks: number; readonly leadTicks: number | null } {
    return { delayTicks: this.smoothing.delayTicks, leadTicks: this.prediction?.lead ?? null }
  }

  private pushed: { readonly input: unknown } | null = null

  private push(nowMs: number): void {
    const { ledger, wish } = this
    if (ledger === null || wish === null) return
    this.pushed = wish
    this.pushedAtMs = nowMs
    const number = ledger.push(wish.input)
    if (number !== null) this.prediction?.want(number, wish.input, nowMs)
    this.flush(nowMs)
  }

  private hear(view: RoomView, newReign: boolean, nowMs: number): void {
    if (this.seat === null) return
    const acknowledged = view.acks[this.seat]
    if (acknowledged === undefined) {
      this.missingSinceMs ??= nowMs
      if (nowMs - this.missingSinceMs < seatMissingMs) return
      this.missingSinceMs = nowMs
      return this.seatLost()
    }
    this.missingSinceMs = null
    if (this.ledger === null) this.adopt(view)
    else if (newReign && acknowledged[0] < this.ledger.acknowledged[0]) {
      // Another lineage goes on, in which this seat had said less.
      this.ledger.rebase(acknowledged)
      this.predictAnew(nowMs)
    } else if (this.ledger.acknowledge(acknowledged) === "disputed") this.predictAnew(nowMs)
    this.prediction?.push(view.game, view.clock, acknowledged[0], nowMs)
  }

  private predictAnew(nowMs: number): void {
    this.prediction?.restart()
    for (const [number, input] of this.ledger?.unacknowledged() ?? []) this.prediction?.want(number, input, nowMs)
  }

  private adopt(view: RoomView): void {
    const acknowledged = this.seat === null ? undefined : view.acks[this.seat]
    if (acknowledged === undefined || this.ledger !== null) return
    this.ledger = new InputLedger(inputsPerMessageMax, acknowledged)
    this.prediction = this.freshPrediction()
    this.pushed = null
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
