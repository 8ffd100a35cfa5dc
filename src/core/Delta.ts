/**
 * Structural deltas of plain data: what a screen that holds one view needs to hold the next.
 *
 * A patch reads like the part that changed. In `{ players: { 3: { x: 4 } }, gone: [], list: [[1, 2]] }` the third
 * player's `x` is now 4, the key `gone` is removed and `list` is replaced by `[1, 2]`. Everything else stays, shared by
 * reference: subtrees that are `===` cost nothing to compare, so the delta of two states of a persistent game costs what
 * changed between them.
 *
 * Plain data means null, booleans, finite numbers, strings, bytes (`Uint8Array`), arrays and plain objects; a key whose
 * value is `undefined` counts as absent. Bytes are replaced whole. Numbers are compared by `===`, so that −0 and 0 are the same. The order of an
 * object's keys means nothing, and is not kept.
 */

import { isContainer, own, sameBytes } from "./StateHash.ts"

/**
 * A change of plain data:
 * - null, a boolean, a number, a string or bytes stand for themselves, as the new value;
 * - `[value]` puts a new object or array in place;
 * - `[]` removes a key of an object (never at the top, never in an array);
 * - an object changes the given keys of an object, or the given indices of an array; `{}` changes nothing.
 */
export type Patch =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly []
  | readonly [replacement: unknown]
  | { readonly [key: string]: Patch }

/** How deep views, and with them their patches, may nest: a container in a container is two deep. */
export const patchDepthMax = 32

/** The patch that changes nothing. */
export const empty: Patch = Object.freeze({})

/** A patch met a base that it was not made for: whoever holds that base must ask for the whole. */
export class PatchMisfit extends Error {
  override readonly name = "PatchMisfit"
}

type Values = { readonly [key: string]: unknown }

/** Plain objects only: whatever else there may be (Map, Date) is no plain data. */
const isPlainObject = (value: object): value is Values => {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const isReplacement = (patch: Patch): patch is readonly [] | readonly [unknown] => Array.isArray(patch)

/** Keys by which an assignment could reach a prototype. */
const isRefusedKey = (key: string): boolean => key === "__proto__" || key === "constructor" || key === "prototype"

/**
 * The patch that makes `next` of `base`; `{}` if they are equal. Objects are compared key by key, arrays index by index
 * where their lengths are equal and that comes out smaller, else replaced whole. Parts of `next` are put into the patch
 * by reference.
 *
 * @throws TypeError if a key that differs is `__proto__`, `constructor` or `prototype`, which no receiver would take.
 */
export const diff = (base: unknown, next: unknown): Patch => {
  const patch = between(base, next)
  // Not `??`: null is a patch.
  return patch === undefined ? empty : patch
}

/** As `diff`, but `undefined` for no change. */
const between = (base: unknown, next: unknown): Patch | undefined => {
  if (base === next) return undefined
  if (isContainer(base) && isContainer(next)) {
    const baseIsArray = Array.isArray(base)
    const nextIsArray = Array.isArray(next)
    if (baseIsArray && nextIsArray) return betweenArrays(base, next)
    if (!baseIsArray && !nextIsArray) return betweenObjects(base as Values, next as Values)
  }
  return sameBytes(base, next) ? undefined : whole(next)
}

const whole = (value: unknown): Patch => isContainer(value) ? [value] : value as Patch

const betweenObjects = (base: Values, next: Values): Patch | undefined => {
  const patch: Record<string, Patch> = {}
  let changed = false
  let kept = 0
  for (const key of Object.keys(next)) {
    if (next[key] === undefined) continue
    const before = own(base, key)
    if (before !== undefined) kept++
    const change = before === undefined ? whole(next[key]) : between(before, next[key])
    if (change === undefined) continue
    if (isRefusedKey(key)) throw new TypeError(`diff: the key ${key} is refused by every receiver`)
    patch[key] = change
    changed = true
  }
  let removed = 0
  for (const key of Object.keys(base)) {
    if (base[key] === undefined || own(next, key) !== undefined) continue
    if (isRefusedKey(key)) throw new TypeError(`diff: the key ${key} is refused by every receiver`)
    patch[key] = []
    removed++
  }
  // Nothing in common: to name what goes would only add to what comes.
  if (removed > 0 && kept === 0) return [next]
  return changed || removed > 0 ? patch : undefined
}

const betweenArrays = (base: ReadonlyArray<unknown>, next: ReadonlyArray<unknown>): Patch | undefined => {
  if (base.length !== next.length) return [next]
  const patch: Record<string, Patch> = {}
  let changed = false
  for (let index = 0; index < next.length; index++) {
    const change = between(base[index], next[index])
    if (change === undefined) continue
    patch[index] = change
    changed = true
  }
  if (!changed) return undefined
  const replacement = [next] as const
  return weight(patch) < weight(replacement) ? patch : replacement
}

/** About how many bytes the value takes on the wire, as MessagePack. */
const weight = (value: unknown): number => {
  if (typeof value === "number") return Number.isInteger(value) ? (Math.abs(value) < 128 ? 1 : 3) : 9
  if (typeof value === "string" || value instanceof Uint8Array) return 1 + value.length
  if (!isContainer(value)) return 1
  let sum = 1
  if (Array.isArray(value)) {
    for (const item of value) sum += weight(item)
  } else {
    for (const key of Object.keys(value)) sum += 1 + key.length + weight((value as Values)[key])
  }
  return sum
}

/**
 * `base` with the patch applied: `apply(base, diff(base, next))` equals `next`. `base` is not changed; what the patch
 * does not touch is shared with it. The result is of `base`'s type only if the patch was made for it: decode it where
 * the patch comes from outside. Never touches a prototype, whatever the patch holds.
 *
 * @throws PatchMisfit if the patch cannot have been made for this base (a key to be removed or changed within is
 *   missing, an index out of bounds, …), or is none (see `isPatch`).
 */
export const apply = <A>(base: A, patch: Patch): A => applyAt(base, patch, patchDepthMax) as A

const applyAt = (base: unknown, patch: Patch, depthLeft: number): unknown => {
  if (!isContainer(patch)) return patch
  if (isReplacement(patch)) {
    if (patch.length !== 1) throw new PatchMisfit("removes what is no key of an object")
    return patch[0]
  }
  const keys = Object.keys(patch)
  if (keys.length === 0) return base
  if (depthLeft === 0) throw new PatchMisfit("nests too deep")
  if (!isContainer(base)) throw new PatchMisfit("changes within what is no object or array")
  return Array.isArray(base)
    ? applyToArray(base, patch, keys, depthLeft - 1)
    : applyToObject(base as Values, patch, keys, depthLeft - 1)
}

const applyToArray = (
  base: ReadonlyArray<unknown>,
  patch: { readonly [key: string]: Patch },
  keys: ReadonlyArray<string>,
  depthLeft: number
): ReadonlyArray<unknown> => {
  const next = base.slice()
  for (const key of keys) {
    const index = Number(key)
    if (!(index >= 0 && index < base.length) || String(index) !== key || !Number.isInteger(index)) {
      throw new PatchMisfit(`changes index ${key} of ${base.length}`)
    }
    next[index] = applyAt(base[index], patch[key], depthLeft)
  }
  return next
}

const applyToObject = (
  base: Values,
  patch: { readonly [key: string]: Patch },
  keys: ReadonlyArray<string>,
  depthLeft: number
): Values => {
  const next: Record<string, unknown> = { ...base }
  for (const key of keys) {
    if (isRefusedKey(key)) throw new PatchMisfit(`changes the key ${key}`)
    const change = patch[key]
    const before = own(base, key)
    if (isContainer(change) && !(isReplacement(change) && change.length === 1) && before === undefined) {
      throw new PatchMisfit(`changes within or removes the key ${key}, which is not there`)
    }
    if (isReplacement(change) && change.length === 0) delete next[key]
    else next[key] = applyAt(before, change, depthLeft)
  }
  return next
}

/**
 * Whether something that came from outside is a patch: of the structure above, nested at most `patchDepthMax` deep, all
 * of it plain data without `undefined`, and without a key (`__proto__`, `constructor`, `prototype`) that could reach a prototype.
 * Whether it fits a base, `apply` tells.
 */
export const isPatch = (value: unknown): value is Patch => isPatchWithin(value, patchDepthMax, false)

const isScalar = (value: unknown): boolean =>
  value === null || typeof value === "boolean" || typeof value === "string" || Number.isFinite(value) ||
  value instanceof Uint8Array

const isPatchWithin = (value: unknown, depthLeft: number, removable: boolean): boolean => {
  if (!isContainer(value)) return isScalar(value)
  if (Array.isArray(value)) {
    // The brackets stand where the value will: they are no level of their own.
    return value.length === 0
      ? removable
      : value.length === 1 && isContainer(value[0]) && isPlainWithin(value[0], depthLeft)
  }
  if (depthLeft === 0 || !isPlainObject(value)) return false
  for (const key of Object.keys(value)) {
    if (isRefusedKey(key) || !isPatchWithin(value[key], depthLeft - 1, true)) return false
  }
  return true
}

const isPlainWithin = (value: unknown, depthLeft: number): boolean => {
  if (!isContainer(value)) return isScalar(value)
  if (depthLeft === 0) return false
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      if (!isPlainWithin(value[index], depthLeft - 1)) return false
    }
    return true
  }
  if (!isPlainObject(value)) return false
  for (const key of Object.keys(value)) {
    if (isRefusedKey(key) || !isPlainWithin(value[key], depthLeft - 1)) return false
  }
  return true
}
