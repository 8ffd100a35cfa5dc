/**
 * A terminal's picture: cells of one character each, of which only what changed is written. Two square pixels fit into a
 * cell, one above the other, so that games are drawn in colours without a font's help. Plain and synchronous.
 */

/** Red, green and blue, 0 to 255 each. */
export type Rgb = readonly [number, number, number]

/** `true`: 24 bits; `256`: the xterm palette; `none`: characters alone. */
export type Depth = "true" | "256" | "none"

/** What the environment says that the terminal shows (no-color.org; COLORTERM as terminals set it). */
export const depthOf = (env: Readonly<Record<string, string | undefined>>): Depth => {
  if ((env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb") return "none"
  return /^(?:truecolor|24bit)$/.test(env["COLORTERM"] ?? "") ? "true" : "256"
}

/** `#rrggbb` */
export const rgb = (color: string): Rgb => {
  const value = Number.parseInt(color.slice(1), 16)
  return [value >> 16, (value >> 8) & 255, value & 255]
}

const packed = ([red, green, blue]: Rgb): number =>
  (Math.round(red) << 16) | (Math.round(green) << 8) | Math.round(blue)

/** The nearest of xterm's colours 16 to 255: a cube of six steps each, and greys. */
export const paletteIndex = (color: number): number => {
  const channels = [color >> 16, (color >> 8) & 255, color & 255] as const
  const step = (value: number): number => value < 48 ? 0 : value < 115 ? 1 : Math.min(5, Math.floor((value - 35) / 40))
  const level = (at: number): number => at === 0 ? 0 : 55 + at * 40
  const distance = (other: ReadonlyArray<number>): number =>
    channels.reduce((sum, value, i) => sum + (value - other[i]!) ** 2, 0)
  const [red, green, blue] = [step(channels[0]), step(channels[1]), step(channels[2])]
  const grey = Math.max(0, Math.min(23, Math.round((channels[0] + channels[1] + channels[2]) / 30 - 0.8)))
  const greyLevel = 8 + grey * 10
  return distance([greyLevel, greyLevel, greyLevel]) < distance([level(red), level(green), level(blue)])
    ? 232 + grey
    : 16 + 36 * red + 6 * green + blue
}

const brightness = (color: number): number =>
  ((color >> 16) * 0.299 + ((color >> 8) & 255) * 0.587 + (color & 255) * 0.114) / 255

/** Shows through from below: no colour of its own. */
const plain = -1

export class Cells {
  private readonly codes: Uint32Array
  private readonly inks: Int32Array
  private readonly papers: Int32Array
  /** What the terminal shows; `codes` 0: not known. */
  private readonly shownCodes: Uint32Array
  private readonly shownInks: Int32Array
  private readonly shownPapers: Int32Array

  constructor(readonly columns: number, readonly rows: number, private readonly depth: Depth) {
    const size = columns * rows
    this.codes = new Uint32Array(size).fill(32)
    this.inks = new Int32Array(size).fill(plain)
    this.papers = new Int32Array(size).fill(plain)
    this.shownCodes = new Uint32Array(size)
    this.shownInks = new Int32Array(size)
    this.shownPapers = new Int32Array(size)
  }

  clear(): void {
    this.codes.fill(32)
    this.inks.fill(plain)
    this.papers.fill(plain)
  }

  /** Text from a cell on, as far as the row goes. Without a paper it keeps what is behind. */
  text(column: number, row: number, text: string, ink: Rgb, paper: Rgb | null = null): void {
    if (row < 0 || row >= this.rows) return
    let at = column
    for (const character of text) {
      if (at >= 0 && at < this.columns) {
        const cell = row * this.columns + at
        // Half blocks have their lower half as paper: text stands on the mean of both.
        if (paper === null && this.codes[cell] === halfBlock) this.papers[cell] = this.inks[cell]!
        this.codes[cell] = character.codePointAt(0)!
        this.inks[cell] = packed(ink)
        if (paper !== null) this.papers[cell] = packed(paper)
      }
      at += 1
    }
  }

  /** One cell of two pixels. */
  pixels(column: number, row: number, upper: Rgb, lower: Rgb): void {
    const cell = row * this.columns + column
    if (this.depth === "none") {
      const [high, low] = [brightness(packed(upper)) > 0.4, brightness(packed(lower)) > 0.4]
      this.codes[cell] = high ? (low ? 0x2588 : halfBlock) : low ? 0x2584 : 32
      return
    }
    const [ink, paper] = [packed(upper), packed(lower)]
    this.codes[cell] = ink === paper ? 32 : halfBlock
    this.inks[cell] = ink === paper ? plain : ink
    this.papers[cell] = paper
  }

  /** What makes the terminal show this. */
  render(): string {
    let out = ""
    let ink: number | null = null
    let paper: number | null = null
    let next = -1
    for (let cell = 0; cell < this.codes.length; cell++) {
      const [code, wantInk, wantPaper] = [this.codes[cell]!, this.inks[cell]!, this.papers[cell]!]
      const isShown = this.shownCodes[cell] === code && this.shownInks[cell] === wantInk &&
        this.shownPapers[cell] === wantPaper
      if (isShown) continue
      if (cell !== next || cell % this.columns === 0) {
        out += `\u001b[${Math.floor(cell / this.columns) + 1};${(cell % this.columns) + 1}H`
      }
      if (wantInk !== ink) out += this.color(ink = wantInk, 38)
      if (wantPaper !== paper) out += this.color(paper = wantPaper, 48)
      out += String.fromCodePoint(code)
      next = cell + 1
      this.shownCodes[cell] = code
      this.shownInks[cell] = wantInk
      this.shownPapers[cell] = wantPaper
    }
    return out === "" ? "" : `\u001b[?2026h${out}\u001b[0m\u001b[?2026l`
  }

  private color(color: number, layer: 38 | 48): string {
    if (this.depth === "none") return ""
    if (color === plain) return `\u001b[${layer + 1}m`
    return this.depth === "true"
      ? `\u001b[${layer};2;${color >> 16};${(color >> 8) & 255};${color & 255}m`
      : `\u001b[${layer};5;${paletteIndex(color)}m`
  }
}

const halfBlock = 0x2580
