/**
 * Plain JSON data, which is all that games may put into messages: without `undefined`, and without keys that are no
 * ordinary keys to JavaScript.
 */
export const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, inner) => inner === undefined ? null : inner),
    (key, inner) => key === "__proto__" ? undefined : inner
  )
