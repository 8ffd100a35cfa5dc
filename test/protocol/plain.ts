/**
 * Plain data, which is all that games may put into messages: without `undefined`, NaN and −0, and without keys that are no
 * ordinary keys to JavaScript.
 */
export const plain = (value: unknown): unknown => {
  if (value === undefined) return null
  if (typeof value === "number") return Number.isFinite(value) ? value + 0 : null
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value
  if (Array.isArray(value)) return value.map(plain)
  const entries = Object.entries(value).filter(([key]) => key !== "__proto__")
  return Object.fromEntries(entries.map(([key, inner]) => [key, plain(inner)]))
}
