/** How often a test goes through something: less in `npm test`, more in `npm run test:long`. */
const isLong = process.env["TEST_LONG"] === "true"

export const often = <A>(short: A, long: A): A => isLong ? long : short
