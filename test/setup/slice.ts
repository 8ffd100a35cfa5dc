/** Of what the long tests go through, the part that `.ci/run` chooses for a commit; all of it everywhere else. */
const slice = process.env["LONG_SLICE"]

/** `parts`: into how many these are split. */
export const sliceOf = <A>(items: ReadonlyArray<A>, parts: number): ReadonlyArray<A> =>
  slice === undefined ? items : items.filter((_, index) => index % parts === Number(slice) % parts)
