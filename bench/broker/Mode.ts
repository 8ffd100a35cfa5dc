/** A way to send numbered messages from one end to another, so that all ways are measured alike. */
import type { Effect, Scope } from "effect"
import type { BenchError } from "../../src/programs/bench/NodeProcess.ts"

/** One publisher and one consumer, in connections of their own. */
export interface Channel {
  /** Done when it is known to be kept; at once where nobody says so. Fails when the connection ends before. */
  readonly send: (number: number) => Promise<void>
  /** The consumer's process dies, and another takes its place. Null: there is no such. */
  readonly replaceConsumer: (() => Promise<void>) | null
  /** Both connect anew. */
  readonly reconnect: () => Promise<void>
}

export interface Mode {
  readonly name: string
  /** Whether `send` waits for the broker's word. */
  readonly confirms: boolean
  /** `receive` is told of each message as it comes. */
  readonly open: (receive: (number: number) => void) => Effect.Effect<Channel, BenchError, Scope.Scope>
}

/** As large as a tick of a small game. */
export const messageBytes = 100

export const encode = (number: number): Buffer => {
  const bytes = Buffer.alloc(messageBytes)
  bytes.writeUInt32BE(number)
  return bytes
}

export const decode = (bytes: Uint8Array): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(0)
