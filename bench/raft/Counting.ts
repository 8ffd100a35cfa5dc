/** The state machine of the bench: it counts commands, and answers with how many there were. */
import type { StateMachineService } from "../../src/services/StateMachine.ts"

export class Counting implements StateMachineService {
  count = 0

  readonly apply = (): Uint8Array => {
    this.count++
    return this.snapshot()
  }

  readonly snapshot = (): Uint8Array => {
    const bytes = Buffer.allocUnsafe(8)
    bytes.writeDoubleBE(this.count)
    return bytes
  }

  readonly restore = (snapshot: Uint8Array): void => {
    this.count = new DataView(snapshot.buffer, snapshot.byteOffset).getFloat64(0)
  }
}
