/** What the bench and its node processes say to each other, and how commands get to a node: over TCP, one after the other. */
import { payloadBytes } from "./Load.ts"

/** One node. Comes as its argument. */
export interface Setup {
  /** From 1 on. */
  readonly n: number
  /** Where all take links, in order. */
  readonly places: ReadonlyArray<string>
  /** Where it keeps its log. */
  readonly directory: string
}

/** From a node to the bench. `commands`: its port for commands, at its own address. `leader`: whom it follows, from 1 on. */
export type Heard =
  | { readonly _tag: "up"; readonly commands: number }
  | { readonly _tag: "leader"; readonly leader: number | null }
  | { readonly _tag: "failed"; readonly detail: string }

/** A command with its number on the connection. */
export const requestBytes = 4 + payloadBytes
/** The number, and 1 for committed or 0. */
export const answerBytes = 5

export const requestOf = (number: number, command: Uint8Array): Buffer => {
  const bytes = Buffer.allocUnsafe(requestBytes)
  bytes.writeUInt32BE(number, 0)
  bytes.set(command, 4)
  return bytes
}

export const parseRequest = (bytes: Buffer): { readonly number: number; readonly command: Uint8Array } => ({
  number: bytes.readUInt32BE(0),
  command: bytes.subarray(4)
})

export const answerOf = (number: number, committed: boolean): Buffer => {
  const bytes = Buffer.allocUnsafe(answerBytes)
  bytes.writeUInt32BE(number, 0)
  bytes[4] = committed ? 1 : 0
  return bytes
}

export const parseAnswer = (bytes: Buffer): { readonly number: number; readonly committed: boolean } => ({
  number: bytes.readUInt32BE(0),
  committed: bytes[4] === 1
})

/** Cuts a stream into records of one size. */
export class Records {
  private rest: Buffer = Buffer.alloc(0)

  constructor(private readonly size: number) {}

  push(chunk: Buffer): ReadonlyArray<Buffer> {
    const all = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk])
    const count = Math.floor(all.length / this.size)
    this.rest = all.subarray(count * this.size)
    return Array.from({ length: count }, (_, i) => all.subarray(i * this.size, (i + 1) * this.size))
  }
}
