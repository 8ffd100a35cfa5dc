/**
 * How commands stand in the log: one that opens a session, or one of a session with its number (dissertation, 6.3). A
 * session's id is the index of the entry that opened it, so that no late copy of that entry can open it again after it
 * was forgotten. And what a leader notes there for whoever runs the log, which the state machine never sees.
 */

/** Before a command's own bytes: kind, session, number, acknowledged. */
export const headerBytes = 19
const kindOpen = 0
const kindNumbered = 1
const kindNote = 2
const integerBytes = 6
const nonceBytes = 16

export type Command =
  /** `nonce`: by which its proposer knows it again. */
  | { readonly _tag: "open"; readonly nonce: string }
  | {
    readonly _tag: "numbered"
    readonly session: number
    readonly number: number
    readonly acknowledged: number
    readonly body: Uint8Array
  }
  /** A leader's own: no other node may propose it. */
  | { readonly _tag: "note"; readonly body: Uint8Array }

/** `nonce`: 16 characters of ASCII. */
export const open = (nonce: string): Uint8Array => {
  const bytes = Buffer.alloc(1 + nonceBytes)
  bytes[0] = kindOpen
  bytes.write(nonce, 1, nonceBytes, "latin1")
  return bytes
}

export const numbered = (session: number, number: number, acknowledged: number, body: Uint8Array): Uint8Array => {
  const bytes = Buffer.allocUnsafe(headerBytes + body.length)
  bytes[0] = kindNumbered
  bytes.writeUIntBE(session, 1, integerBytes)
  bytes.writeUIntBE(number, 7, integerBytes)
  bytes.writeUIntBE(acknowledged, 13, integerBytes)
  bytes.set(body, headerBytes)
  return bytes
}

export const note = (body: Uint8Array): Uint8Array => {
  const bytes = Buffer.allocUnsafe(1 + body.length)
  bytes[0] = kindNote
  bytes.set(body, 1)
  return bytes
}

/** Without a view of the bytes: each would be one more object per command and node. */
const integerAt = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! * 0x100 + bytes[at + 1]!) * 0x1_0000_0000
  + ((bytes[at + 2]! << 24 | bytes[at + 3]! << 16 | bytes[at + 4]! << 8 | bytes[at + 5]!) >>> 0)

/** Null: these bytes are no command. */
export const parse = (bytes: Uint8Array): Command | null => {
  if (bytes[0] === kindOpen && bytes.length === 1 + nonceBytes) {
    return { _tag: "open", nonce: String.fromCharCode(...bytes.subarray(1)) }
  }
  if (bytes[0] === kindNote) return { _tag: "note", body: bytes.subarray(1) }
  if (bytes[0] !== kindNumbered || bytes.length < headerBytes) return null
  return {
    _tag: "numbered",
    session: integerAt(bytes, 1),
    number: integerAt(bytes, 7),
    acknowledged: integerAt(bytes, 13),
    body: bytes.subarray(headerBytes)
  }
}
