/**
 * What this node is going to wish next: one command is under way at a time, so that its wishes take effect in their order,
 * and whatever comes meanwhile gathers for the next. Plain and synchronous.
 */
import { InputBuffer } from "../../core/InputBuffer.ts"
import type { RoomState } from "../../core/Room.ts"
import { type Command, type Outcome, type Wish, wishesMax } from "../../protocol/Committed.ts"
import type { AppliedInput } from "../../protocol/Event.ts"
import type { InputNumber, PeerId, RoomId, SeatId } from "../../protocol/Ids.ts"
import type { NumberedInput } from "../../protocol/Input.ts"
import { commandBytesMax } from "../../protocol/Raft.ts"
import { encodeCommand } from "./Rooms.ts"

/** Told what came of it; null: nobody knows. */
export type Settled = (outcome: Outcome | null) => void

interface Waiting {
  readonly wish: Wish
  readonly settled: Settled | undefined
}

export interface Gathered {
  readonly bytes: Uint8Array
  readonly waiting: ReadonlyArray<Waiting>
}

/** By which a wish takes the place of an older one that still waits. */
const keyOf = (wish: Exclude<Wish, { readonly _tag: "inputs" }>): string => {
  switch (wish._tag) {
    case "take":
      return `${wish.room} ${wish.tokenHash}`
    case "quit":
    case "release":
      return `${wish.room} ${wish.seat} ${wish._tag}`
    case "open":
    case "close":
      return `${wish.room} ${wish._tag}`
    case "absent":
      return wish.node
    case "reigns":
      return "reigns"
  }
}

export class Wishes {
  private readonly waiting = new Map<string, Waiting>()
  private readonly buffers = new Map<RoomId, InputBuffer>()
  /** The last input of each seat that is under way. */
  private underWay = new Map<string, InputNumber>()

  constructor(private readonly self: PeerId, private readonly inputsPerSeat: number) {}

  /** The newest of its kind counts, in its place. False: too many wait. */
  add(wish: Exclude<Wish, { readonly _tag: "inputs" }>, settled?: Settled): boolean {
    const key = keyOf(wish)
    if (!this.waiting.has(key) && this.waiting.size >= wishesMax) return false
    this.waiting.delete(key)
    this.waiting.set(key, { wish, settled })
    return true
  }

  /** How many of them were known already. */
  input({ room }: RoomState, seat: SeatId, last: InputNumber, inputs: ReadonlyArray<NumberedInput>): number {
    let buffer = this.buffers.get(room)
    if (buffer === undefined) this.buffers.set(room, buffer = new InputBuffer())
    return buffer.offer(seat, Math.max(last, this.underWay.get(`${room} ${seat}`) ?? 0) as InputNumber, inputs)
  }

  /** Seats and their inputs are another log's. */
  forgetInputs(): void {
    this.buffers.clear()
    this.underWay.clear()
  }

  /** The next command, or null where nothing is wished for: its wishes are under way from then on. */
  gather(): Gathered | null {
    const all: Array<Waiting> = [...this.waiting.values()]
    this.waiting.clear()
    for (const [room, buffer] of this.buffers) {
      const inputs = buffer.take(this.inputsPerSeat)
      if (inputs.length > 0) all.push({ wish: { _tag: "inputs", room, inputs }, settled: undefined })
      // What still waits goes with the next.
      else this.buffers.delete(room)
    }
    return all.length === 0 ? null : this.fitting(all)
  }

  /** Nothing is under way any more. */
  settle({ waiting }: Gathered, outcomes: ReadonlyArray<Outcome> | null): void {
    this.underWay.clear()
    for (const [at, { settled }] of waiting.entries()) settled?.(outcomes?.[at] ?? null)
  }

  /** As many as one command holds. Of the others wishes wait on; inputs come again. */
  private fitting(all: ReadonlyArray<Waiting>): Gathered | null {
    let some = all.slice(0, wishesMax)
    let bytes = this.encode(some)
    while (bytes.length > commandBytesMax && some.length > 1) {
      some = some.slice(0, some.length >> 1)
      bytes = this.encode(some)
    }
    for (const { settled, wish } of all.slice(some.length)) if (wish._tag !== "inputs") this.add(wish, settled)
    // No screen's message is so long.
    if (bytes.length > commandBytesMax) return null
    for (const { wish } of some) if (wish._tag === "inputs") this.note(wish.room, wish.inputs)
    return { bytes, waiting: some }
  }

  private encode(some: ReadonlyArray<Waiting>): Uint8Array {
    const command: Command = { node: this.self, wishes: some.map(({ wish }) => wish) as never }
    return encodeCommand(command)
  }

  private note(room: RoomId, inputs: ReadonlyArray<AppliedInput>): void {
    for (const [seat, number] of inputs) this.underWay.set(`${room} ${seat}`, number)
  }
}
