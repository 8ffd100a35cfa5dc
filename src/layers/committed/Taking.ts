/** What this node's screens want of a committed game, as wishes to its log. Synchronous. */
import type { Outcome } from "../../protocol/Committed.ts"
import type { PeerId } from "../../protocol/Ids.ts"
import type { InputMessage, SeatRefused } from "../../protocol/Input.ts"
import type { RoomsService } from "./Rooms.ts"
import type { Wishes } from "./Wishes.ts"

type MessageOf<T> = Extract<InputMessage, { readonly _tag: T }>

const refusalOf = (outcome: Outcome | null): SeatRefused["reason"] | null =>
  outcome === "full" || outcome === "no-room" || outcome === "too-many-rooms" ? outcome : null

export class Taking {
  readonly counters = { inputsDuplicate: 0, inputsInvalid: 0 }

  constructor(
    private readonly self: PeerId,
    private readonly rooms: RoomsService,
    private readonly wishes: Wishes,
    /** Whether the game takes it. */
    private readonly isInput: (input: unknown) => boolean,
    private readonly refused: (refusal: SeatRefused) => void
  ) {}

  /** `seed`: by chance, for a room that is opened by it. */
  take(message: InputMessage, seed: number): void {
    switch (message._tag) {
      case "inputs":
        return this.inputs(message)
      case "take-seat":
        return this.seat(message, seed)
      case "quit-seat":
        return void this.wishes.add({ _tag: "quit", room: message.room, seat: message.seat, for: message.for })
      case "open-room":
        return void this.wishes.add({ _tag: "open", room: message.room, seed })
      case "act":
      case "seat-refused":
        return
    }
  }

  private seat({ profile, reign, room, tokenHash }: MessageOf<"take-seat">, seed: number): void {
    if (!this.rooms.present().has(room)) this.wishes.add({ _tag: "open", room, seed })
    this.wishes.add({ _tag: "take", room, tokenHash, profile }, (outcome) => {
      const reason = refusalOf(outcome)
      if (reason !== null) this.refused({ _tag: "seat-refused", reign, room, tokenHash, reason })
    })
  }

  private inputs({ inputs, room, seat }: MessageOf<"inputs">): void {
    const state = this.rooms.present().get(room)
    const record = state?.seats.find((one) => one.seat === seat)
    if (state === undefined || record === undefined || record.node !== this.self) return
    if (!inputs.every(([, input]) => this.isInput(input))) this.counters.inputsInvalid++
    else this.counters.inputsDuplicate += this.wishes.input(state, seat, record.lastInput, inputs)
  }
}
