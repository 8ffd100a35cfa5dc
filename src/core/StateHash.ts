/**
 * Hashes of plain data, by which nodes tell that they folded the same events to the same state, and the report of
 * where two states differ when they did not.
 *
 * A hash depends on structure only: not on the order of an object's keys, nor on how a number came about. It is 32 bits
 * wide, built on MurmurHash3 (Austin Appleby, x86_32) over tagged words; it finds accidents, not attacks: two different
 * states have the same hash once in four billion, and states that went apart are compared again and again.
 *
 * Plain data means null, booleans, numbers, strings, bytes (`Uint8Array`), arrays and plain objects, nested at most `depthMax` deep. A
 * key whose value is `undefined` counts as absent. Infinities and NaN have hashes too, so that a state that went wrong
 * there is found rather than crashed over.
 */

/** How deep a hashed value may nest. */
export const depthMax = 64

/** Each value's first word tells its kind, so that no two structures give the same words. */
const tag = {
  null: 1,
  false: 2,
  true: 3,
  int32: 4,
  float64: 5,
  string: 6,
  array: 7,
  object: 8,
  key: 9,
  end: 10,
  bytes: 11
} as const

/** Scratch for a number's bits; written and read within one call. */
const bits = new DataView(new ArrayBuffer(8))

/** One word into the running hash: MurmurHash3's round. */
const mix = (hash: number, word: number): number => {
  const k = Math.imul(word, 0xcc9e2d51)
  const mixed = hash ^ Math.imul((k << 15) | (k >>> 17), 0x1b873593)
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0
}

/** MurmurHash3's end: every bit of the hash comes to depend on every other. */
const finish = (hash: number): number => {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

const mixNumber = (hash: number, value: number): number => {
  // The common case, of a few words less. −0 comes here too, as 0.
  if ((value | 0) === value) return mix(mix(hash, tag.int32), value)
  // One NaN, whatever bits the engine keeps it in.
  bits.setFloat64(0, value === value ? value : Number.NaN)
  return mix(mix(mix(hash, tag.float64), bits.getInt32(0)), bits.getInt32(4))
}

/** The length, then two UTF-16 units a word. */
const mixString = (hash: number, kind: number, value: string): number => {
  const length = value.length
  let mixed = mix(mix(hash, kind), length)
  for (let at = 0; at < length; at += 2) {
    mixed = mix(mixed, value.charCodeAt(at) | (at + 1 < length ? value.charCodeAt(at + 1) << 16 : 0))
  }
  return mixed
}

/** The length, then four bytes a word. */
const mixBytes = (hash: number, value: Uint8Array): number => {
  let mixed = mix(mix(hash, tag.bytes), value.length)
  for (let at = 0; at < value.length; at += 4) {
    mixed = mix(mixed, value[at]! | value[at + 1]! << 8 | value[at + 2]! << 16 | value[at + 3]! << 24)
  }
  return mixed
}

/** An object's keys in the order of their UTF-16 units. */
const sortedKeys = (value: object): ReadonlyArray<string> => {
  const keys = Object.keys(value)
  // Most objects are short and nearly in order; the general sort costs several times as much on them.
  if (keys.length > 24) return keys.sort()
  for (let at = 1; at < keys.length; at++) {
    const key = keys[at]
    let before = at - 1
    for (; before >= 0 && keys[before] > key; before--) keys[before + 1] = keys[before]
    keys[before + 1] = key
  }
  return keys
}

const mixValue = (hash: number, value: unknown, depthLeft: number): number => {
  if (typeof value === "number") return mixNumber(hash, value)
  if (typeof value === "string") return mixString(hash, tag.string, value)
  if (value === null) return mix(hash, tag.null)
  if (typeof value === "boolean") return mix(hash, value ? tag.true : tag.false)
  if (typeof value !== "object") throw new TypeError(`hash: a ${typeof value} is no plain data`)
  if (value instanceof Uint8Array) return mixBytes(hash, value)
  if (depthLeft === 0) throw new RangeError(`hash: nested deeper than ${depthMax}`)
  if (Array.isArray(value)) {
    let mixed = mix(mix(hash, tag.array), value.length)
    for (let index = 0; index < value.length; index++) mixed = mixValue(mixed, value[index], depthLeft - 1)
    return mixed
  }
  let mixed = mix(hash, tag.object)
  for (const key of sortedKeys(value)) {
    const member = (value as { readonly [key: string]: unknown })[key]
    if (member !== undefined) mixed = mixValue(mixString(mixed, tag.key, key), member, depthLeft - 1)
  }
  return mix(mixed, tag.end)
}

/**
 * The hash of a value: an unsigned 32-bit integer, the same on every machine and in every release (journals keep it).
 *
 * @throws TypeError on what is no plain data (functions, symbols, bigints, `undefined` but as a key's value).
 * @throws RangeError on what is nested deeper than `depthMax`.
 */
export const hash = (value: unknown): number => chain(0, value)

/**
 * The running hash of a sequence: `chain(chain(0, a), b)` tells that `a` came first, then `b`, and nothing else. Takes
 * and gives unsigned 32-bit integers; 0 is before the first. Throws as `hash` does.
 */
export const chain = (previous: number, value: unknown): number => finish(mixValue(previous | 0, value, depthMax))

/** A place where two values differ. A side that has nothing there lacks its key. */
export interface Difference {
  /** The place as a JSON Pointer (RFC 6901), as `/players/3/x`; `""` is the whole. */
  readonly path: string
  readonly a?: unknown
  readonly b?: unknown
}

/** Whether both are bytes, and the same. */
export const sameBytes = (a: unknown, b: unknown): boolean =>
  a instanceof Uint8Array && b instanceof Uint8Array && a.length === b.length && a.every((byte, at) => byte === b[at])

const same = (a: unknown, b: unknown): boolean => a === b || (a !== a && b !== b) || sameBytes(a, b)

/** Arrays and objects, but for bytes. */
export const isContainer = <A>(value: A): value is Exclude<A, Uint8Array> & object =>
  typeof value === "object" && value !== null && !(value instanceof Uint8Array)

/**
 * The first places, at most `max`, where `a` and `b` differ, depth first, keys in sorted order: what to log of two
 * states whose hashes differ. None if and only if the hashes are equal (but for a collision). Where one side has no
 * such part, or of another kind, the other's is given whole.
 *
 * @throws RangeError on what is nested deeper than `depthMax`.
 */
export const firstDifferences = (a: unknown, b: unknown, max: number): ReadonlyArray<Difference> => {
  const found: Array<Difference> = []
  compare(a, b, "", max, found, depthMax)
  return found
}

const compare = (
  a: unknown,
  b: unknown,
  path: string,
  max: number,
  found: Array<Difference>,
  depthLeft: number
): void => {
  if (found.length >= max || same(a, b)) return
  if (!isContainer(a) || !isContainer(b) || Array.isArray(a) !== Array.isArray(b)) {
    found.push({ path, ...(a !== undefined && { a }), ...(b !== undefined && { b }) })
    return
  }
  if (depthLeft === 0) throw new RangeError(`firstDifferences: nested deeper than ${depthMax}`)
  for (const key of keysOfEither(a, b)) {
    if (found.length >= max) return
    compare(own(a, key), own(b, key), `${path}/${escape(key)}`, max, found, depthLeft - 1)
  }
}

/** Indices in their order, or keys in sorted order. */
const keysOfEither = (a: object, b: object): ReadonlyArray<string> => {
  if (Array.isArray(a)) return Object.keys(a.length >= (b as ReadonlyArray<unknown>).length ? a : b)
  const keys = new Set(Object.keys(a))
  for (const key of Object.keys(b)) keys.add(key)
  return [...keys].sort()
}

/** Inherited members (`toString`, …) are not data. */
export const own = (value: object, key: string): unknown =>
  Object.hasOwn(value, key) ? (value as { readonly [key: string]: unknown })[key] : undefined

const escape = (key: string): string => key.replaceAll("~", "~0").replaceAll("/", "~1")
