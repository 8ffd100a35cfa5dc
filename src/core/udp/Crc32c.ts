/** CRC-32C (Castagnoli's polynomial; RFC 3720, appendix B.4), eight bytes a step. */
import type { Types } from "effect"

const polynomial = 0x82f63b78

/** `tables[k][b]`: what byte `b` makes of the sum when `k` more bytes follow it in the same step. */
const tables: ReadonlyArray<Uint32Array> = (() => {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ polynomial
    return crc
  })
  const all = [first]
  for (let k = 1; k < 8; k++) {
    all.push(all[k - 1]!.map((crc) => (crc >>> 8) ^ first[crc & 0xff]!))
  }
  return all
})()
const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as Types.TupleOf<8, Uint32Array>

/** The sum of the first `length` bytes: 0 ≤ n < 2^32. */
export const crc32c = (bytes: Uint8Array, length: number): number => {
  let crc = -1
  let at = 0
  for (; at + 8 <= length; at += 8) {
    const low = crc ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24))
    crc = t7[low & 0xff]! ^ t6[(low >>> 8) & 0xff]! ^ t5[(low >>> 16) & 0xff]! ^ t4[low >>> 24]! ^
      t3[bytes[at + 4]!]! ^ t2[bytes[at + 5]!]! ^ t1[bytes[at + 6]!]! ^ t0[bytes[at + 7]!]!
  }
  for (; at < length; at++) crc = (crc >>> 8) ^ t0[(crc ^ bytes[at]!) & 0xff]!
  return ~crc >>> 0
}
