/** Random values of WebCrypto and `node:crypto`, by seed. */
import crypto from "node:crypto"
import type { Substitutes } from "../Substitutes.ts"

/** What the guard of a run lets be done. */
export interface Guard {
  /** What `use` starts is no leak. */
  readonly unwatched: <A>(use: () => A) => A
  /** Ends the run, for this. */
  readonly refuse: (what: string) => never
}

/** Any array, view or buffer, as its bytes. */
const bytesOf = (memory: ArrayBufferLike | ArrayBufferView): Uint8Array =>
  ArrayBuffer.isView(memory)
    ? new Uint8Array(memory.buffer, memory.byteOffset, memory.byteLength)
    : new Uint8Array(memory)

/** How many bytes an offset or size of one counts for. */
const unitOf = (memory: object): number => (memory as { readonly BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1

/**
 * Until `substitutes` are restored. The real functions see to their arguments, and make what is returned; its bytes then
 * come from `entropy`: 0 ≤ n < 2^32.
 */
export const install = (substitutes: Substitutes, entropy: () => number, { refuse, unwatched }: Guard): void => {
  const web = globalThis.crypto
  const real = {
    getRandomValues: web.getRandomValues.bind(web),
    randomBytes: crypto.randomBytes,
    randomFillSync: crypto.randomFillSync,
    randomInt: crypto.randomInt
  }
  const draw = (bytes: Uint8Array): void => {
    let word = 0
    for (let i = 0; i < bytes.length; i++) {
      if (i % 4 === 0) word = entropy()
      bytes[i] = word
      word >>>= 8
    }
  }

  const randomUUID = (): string => {
    const bytes = Buffer.alloc(16)
    draw(bytes)
    bytes[6] = bytes[6]! & 0x0f | 0x40
    bytes[8] = bytes[8]! & 0x3f | 0x80
    return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")
  }
  const getRandomValues = (array: Parameters<Crypto["getRandomValues"]>[0]) => {
    unwatched(() => real.getRandomValues(array))
    draw(bytesOf(array!))
    return array
  }
  const randomBytes = (size: number, callback?: unknown): Buffer => {
    if (callback !== undefined) refuse("crypto.randomBytes with a callback: use it without")
    const bytes = unwatched(() => real.randomBytes(size))
    draw(bytes)
    return bytes
  }
  const randomFillSync = (memory: NodeJS.ArrayBufferView, offset = 0, size?: number) => {
    unwatched(() => real.randomFillSync(memory, offset, size as number))
    const unit = unitOf(memory)
    draw(bytesOf(memory).subarray(offset * unit, size === undefined ? undefined : (offset + size) * unit))
    return memory
  }
  const randomInt = (...args: ReadonlyArray<unknown>): number => {
    if (args.some((arg) => typeof arg === "function")) refuse("crypto.randomInt with a callback: use it without")
    const [min, max] = (args[1] === undefined ? [0, args[0]] : args) as [number, number]
    unwatched(() => real.randomInt(min, max))
    // 48 bits, which no range exceeds.
    return min + Math.floor((entropy() * 0x10000 + (entropy() >>> 16)) / 2 ** 48 * (max - min))
  }

  // node:crypto's getRandomValues is read from WebCrypto's object.
  substitutes.put(web, "randomUUID", randomUUID)
  substitutes.put(web, "getRandomValues", getRandomValues)
  substitutes.put(crypto, "randomUUID", randomUUID)
  substitutes.put(crypto, "randomFillSync", randomFillSync)
  substitutes.put(crypto, "randomInt", randomInt)
  for (const name of ["randomBytes", "pseudoRandomBytes", "rng", "prng"]) {
    if (name in crypto) substitutes.put(crypto, name, randomBytes)
  }
}
