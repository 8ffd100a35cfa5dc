/** How often a test goes through something: less in `npm test`, more in `npm run test:long`. */
const isLong = process.env["TEST_LONG"] === "true"

export const often = <A>(short: A, long: A): A => isLong ? long : short

/** Defines tests of the long tests only: further cases of what `npm test` has one of. */
export const rarely = (define: () => void): void => {
  if (isLong) define()
}
