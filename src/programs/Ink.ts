/**
 * Emphasis on a terminal. Where standard output is none, or `NO_COLOR` is set (no-color.org), text stays plain.
 */

/** Text in, text out: the same width on screen. */
export interface Ink {
  readonly bold: (text: string) => string
  readonly quiet: (text: string) => string
  readonly good: (text: string) => string
  readonly odd: (text: string) => string
  readonly bad: (text: string) => string
}

const as = (code: number, end: number) => (text: string): string =>
  text === "" ? text : `\u001b[${code}m${text}\u001b[${end}m`

export const colored: Ink = { bold: as(1, 22), quiet: as(2, 22), good: as(32, 39), odd: as(33, 39), bad: as(31, 39) }

/** No emphasis. */
export const asIs = (text: string): string => text

export const plain: Ink = { bold: asIs, quiet: asIs, good: asIs, odd: asIs, bad: asIs }

/** For what goes to standard output. */
export const ofOutput = (): Ink => process.stdout.isTTY && (process.env.NO_COLOR ?? "") === "" ? colored : plain
