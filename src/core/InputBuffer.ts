/**
 * Inputs that wait at the host for their tick: per seat in order, without gaps, each once, and bounded.
 */
import { type AppliedInput, inputsPerTickMax } from "../protocol/Event.ts"
import type { InputNumber, SeatId } from "../protocol/Ids.ts"
import { inputsPerMessageMax, type NumberedInput } from "../protocol/Input.ts"

export class InputBuffer {
  private readonly waiting = new Map<SeatId, Array<NumberedInput>>()

  /**
   * Takes what is new of a seat's inputs. `applied` is the last number that the room has applied. Returns how many were
   * known already. What comes after a gap, or finds the seat's place full, is dropped: it is sent again.
   */
  offer(seat: SeatId, applied: InputNumber, inputs: ReadonlyArray<NumberedInput>): number {
    let queue = this.waiting.get(seat)
    let expected = (queue?.at(-1)?.[0] ?? applied) + 1
    let known = 0
    for (const input of inputs) {
      if (input[0] < expected) known++
      else if (input[0] === expected && (queue?.length ?? 0) < inputsPerMessageMax) {
        if (queue === undefined) this.waiting.set(seat, queue = [])
        queue.push(input)
        expected++
      } else break
    }
    return known
  }

  /**
   * The inputs for the next tick: at most `perSeat` of each seat, fewer where that would be more than a tick holds; sorted
   * by seat, then by number.
   */
  take(perSeat: number): ReadonlyArray<AppliedInput> {
    if (this.waiting.size === 0) return []
    const each = Math.min(perSeat, Math.max(1, Math.floor(inputsPerTickMax / this.waiting.size)))
    const taken: Array<AppliedInput> = []
    for (const seat of [...this.waiting.keys()].sort((a, b) => a - b)) {
      const queue = this.waiting.get(seat)!
      for (const [number, input] of queue.splice(0, each)) taken.push([seat, number, input])
      if (queue.length === 0) this.waiting.delete(seat)
    }
    return taken
  }

  /** Everything that waits, per seat, for a successor; the buffer is empty after that. */
  drain(): ReadonlyArray<readonly [SeatId, ReadonlyArray<NumberedInput>]> {
    const all = [...this.waiting].sort(([a], [b]) => a - b)
    this.waiting.clear()
    return all
  }

  forget(seat: SeatId): void {
    this.waiting.delete(seat)
  }
}
