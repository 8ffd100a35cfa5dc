/** JSON as a text that is the same for values that are equal: names sorted, no white space (RFC 8785). */
import type { Json } from "../../protocol/KeyValue.ts"

/** As deep as the value is nested, which whoever parsed it has bounded. */
export const canonical = (value: Json): string => {
  if (typeof value !== "object" || value === null) return JSON.stringify(value)
  if (isList(value)) return `[${value.map(canonical).join(",")}]`
  const names = Object.keys(value).sort()
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name]!)}`).join(",")}}`
}

const isList = (value: Json): value is ReadonlyArray<Json> => Array.isArray(value)
