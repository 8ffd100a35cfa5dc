/**
 * The colours that players have when nobody asked for others: sixteen, as many as there are seats at most, which can be
 * told apart beside each other, on paper and on night.
 */
export const playerColors: ReadonlyArray<string> = (
  "#e8503a #3f9bdc #3fa35b #c24fb8 #f28a2e #1fa39a #8257d4 #ea5f8b "
  + "#4a63d8 #8a9a3b #a8694a #70809a #d4a51c #5cc8a8 #9c3d54 #7a5c9e"
).split(" ")

/** The colour that was wished for, or the next one that nobody has; where all are taken, the one wished for. */
export const unlike = (wished: string, taken: ReadonlySet<string>): string => {
  if (!taken.has(wished)) return wished
  const from = playerColors.indexOf(wished) + 1
  for (let i = 0; i < playerColors.length; i++) {
    const color = playerColors[(from + i) % playerColors.length]!
    if (!taken.has(color)) return color
  }
  return wished
}
