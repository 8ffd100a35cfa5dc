/**
 * The rooms of a committed game, folded from the commands of its log: what comes of each wish is decided by the state at
 * that place of the log, so all nodes decide alike. Synchronous, without a clock or chance.
 */
import type { Command, CommittedSnapshot, Outcome, Wish, WishOf } from "../protocol/Committed.ts"
import { type AppliedInput, roomsMax } from "../protocol/Event.ts"
import type { PeerId, RoomId, SeatId } from "../protocol/Ids.ts"
import { compare, equals, type ReignRef } from "../protocol/Reign.ts"
import * as Room from "./Room.ts"
import * as Seats from "./Seats.ts"

/** Told of what comes of a command, one event after the other. */
export interface Observer {
  readonly folded: (state: Room.RoomState, event: Room.Event) => void
  readonly reigned: (reign: ReignRef, cause: WishOf<"reigns">["cause"]) => void
}

export class CommittedRooms {
  private states = new Map<RoomId, Room.RoomState>()
  private present: ReignRef | null = null

  /** `isInput`: whether the game takes it. */
  constructor(
    private readonly rules: Room.AnyRules & { readonly seats: { readonly max: number } },
    private readonly isInput: (input: unknown) => boolean,
    private readonly observer: Observer
  ) {}

  /** The newest that began by this log. */
  get reign(): ReignRef | null {
    return this.present
  }

  get rooms(): ReadonlyMap<RoomId, Room.RoomState> {
    return this.states
  }

  /** What came of each wish. */
  apply({ node, wishes }: Command): ReadonlyArray<Outcome> {
    return wishes.map((wish) => this.carryOut(node, wish))
  }

  /** In a fixed order: states that are the same give the same. */
  snapshot(): CommittedSnapshot {
    return { reign: this.present, rooms: this.ids().map((room) => this.states.get(room)!) }
  }

  restore({ reign, rooms }: CommittedSnapshot): void {
    this.present = reign
    this.states = new Map(rooms.map((state) => [state.room, state]))
  }

  private ids(): ReadonlyArray<RoomId> {
    return [...this.states.keys()].sort()
  }

  private carryOut(node: PeerId, wish: Wish): Outcome {
    if (wish._tag === "reigns") return this.reigns(wish)
    const reign = this.present
    // Nobody has led yet.
    if (reign === null) return "nothing"
    if ("reign" in wish && !equals(wish.reign, reign)) return "nothing"
    if (wish._tag === "open") return this.open(wish)
    if (wish._tag === "absent") return this.absent(wish.node)
    const state = this.states.get(wish.room)
    if (state === undefined) return "no-room"
    switch (wish._tag) {
      case "take":
        return this.take(state, node, wish)
      case "inputs":
        return this.tick(state, this.next(state, node, wish.inputs))
      case "quit":
        return this.quit(state, node, wish)
      case "release":
        return this.release(state, wish.seat)
      case "close":
        return this.close(state)
    }
  }

  /** `state`: null for a room that is to be opened. */
  private append(state: Room.RoomState | null, drafts: ReadonlyArray<Room.Draft>): Outcome {
    let now = state
    for (const draft of drafts) {
      const event = Room.numbered(draft, now)
      const next = Room.apply(this.rules, now, event, this.present!)
      if (typeof next === "string") break
      now = next
      this.states.set(now.room, now)
      this.observer.folded(now, event)
    }
    return now === state ? "nothing" : "done"
  }

  // -------------------------------------------------------------------- the leader's

  private reigns({ cause, reign }: WishOf<"reigns">): Outcome {
    if (this.present !== null && compare(reign, this.present) <= 0) return "nothing"
    this.present = reign
    this.observer.reigned(reign, cause)
    for (const room of this.ids()) this.append(this.states.get(room)!, [{ _tag: "reigned", reign, cause }])
    return "done"
  }

  private absent(node: PeerId): Outcome {
    let outcome: Outcome = "nothing"
    for (const room of this.ids()) {
      const state = this.states.get(room)!
      const here = state.seats.filter((record) => record.node === node && record.awaySince === null)
      const came = this.append(state, here.map(({ seat }) => ({ _tag: "away", seat })))
      if (came === "done") outcome = came
    }
    return outcome
  }

  private release(state: Room.RoomState, seat: SeatId): Outcome {
    const record = state.seats.find((one) => one.seat === seat)
    return record === undefined || record.awaySince === null ? "nothing" : this.append(state, [{ _tag: "left", seat }])
  }

  private close(state: Room.RoomState): Outcome {
    if (state.seats.length > 0) return "nothing"
    this.append(state, [{ _tag: "ended" }])
    this.states.delete(state.room)
    return "done"
  }

  // -------------------------------------------------------------------- anybody's

  private open({ room, seed }: WishOf<"open">): Outcome {
    if (this.states.has(room)) return "nothing"
    if (this.states.size >= roomsMax) return "too-many-rooms"
    return this.append(null, [{ _tag: "opened", room, seed }])
  }

  private take(state: Room.RoomState, node: PeerId, { profile, tokenHash }: WishOf<"take">): Outcome {
    const taker = { node, profile, tokenHash }
    const drafts = Seats.back(state, taker) ?? Seats.fresh(state, taker, this.rules.seats.max)
    return drafts === null ? "full" : this.append(state, drafts)
  }

  private quit(state: Room.RoomState, node: PeerId, wish: WishOf<"quit">): Outcome {
    const record = state.seats.find((one) => one.seat === wish.seat)
    if (record === undefined || record.node !== node) return "nothing"
    if (wish.for === "leave") return this.append(state, [{ _tag: "left", seat: wish.seat }])
    return record.awaySince === null ? this.append(state, [{ _tag: "away", seat: wish.seat }]) : "nothing"
  }

  /**
   * Of these inputs the ones that come next in their seats. Those of a seat that is away wait until it is back: they are
   * not acknowledged, and so come again.
   */
  private next(
    { seats }: Room.RoomState,
    node: PeerId,
    inputs: ReadonlyArray<AppliedInput>
  ): ReadonlyArray<AppliedInput> {
    const last = new Map<SeatId, number>()
    for (const { awaySince, lastInput, node: of, seat } of seats) {
      if (of === node && awaySince === null) last.set(seat, lastInput)
    }
    return inputs.filter(([seat, number, input]) => {
      if (last.get(seat) !== number - 1 || !this.isInput(input)) return false
      last.set(seat, number)
      return true
    })
  }

  private tick(state: Room.RoomState, inputs: ReadonlyArray<AppliedInput>): Outcome {
    return inputs.length === 0 ? "nothing" : this.append(state, [{ _tag: "tick", inputs }])
  }
}
