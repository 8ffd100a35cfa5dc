/** What the workbench calls a node, and its id: the same on all nodes, whatever order they are told in. */
import { createHash } from "node:crypto"
import { PeerId } from "../../src/protocol/Ids.ts"

/** By the name's SHA-256, as a UUID of version 8 (RFC 9562, 5.8). */
export const peerIdOf = (name: string): PeerId => {
  const digest = createHash("sha256").update(`maelstrom ${name}`).digest()
  digest[6] = (digest[6]! & 0x0f) | 0x80
  digest[8] = (digest[8]! & 0x3f) | 0x80
  const hex = digest.toString("hex")
  return PeerId.make(
    [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-")
  )
}
