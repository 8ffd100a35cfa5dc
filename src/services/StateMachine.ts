/**
 * What a Raft log is for: a state that every node computes from the same commands (Schneider, "Implementing
 * Fault-Tolerant Services Using the State Machine Approach", 1990).
 */
import { Context, Layer } from "effect"

/**
 * The state is the machine's own. It must depend on nothing but the commands and their order: no clock, no chance, no
 * input or output. All three are called one at a time, from one fiber, and must return soon, and must not throw:
 * a command that makes no sense is answered by a result that says so.
 */
export interface StateMachineService {
  /** Carries out a command and gives its result. Each is applied exactly once, in the order of the log. */
  readonly apply: (command: Uint8Array) => Uint8Array
  /** The state as bytes, which must not change any more: at most `snapshotBytesMax` of the protocol. */
  readonly snapshot: () => Uint8Array
  /** Takes another node's or an earlier life's snapshot for its state, whatever it was before. */
  readonly restore: (snapshot: Uint8Array) => void
}

export class StateMachine extends Context.Tag("hostless/StateMachine")<StateMachine, StateMachineService>() {
  /** A machine of its own for whoever builds this. */
  static readonly layer = (make: () => StateMachineService): Layer.Layer<StateMachine> => Layer.sync(StateMachine, make)
}
