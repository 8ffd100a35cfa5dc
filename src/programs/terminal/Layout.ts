/** What stands around and over the field, as text: players and scores above, the match in the middle, the keys below. */
import { listed, type MatchShown } from "../../web/app/play/MatchShown.ts"
import { type Cells, type Rgb, rgb } from "./Cells.ts"

export interface Line {
  readonly name: string
  readonly color: string
  readonly away: boolean
  readonly score: number
}

export interface Page {
  readonly title: string
  readonly lines: ReadonlyArray<Line>
  readonly match: MatchShown | null
  /** What has just happened, or null. */
  readonly banner: string | null
  readonly keys: string
  readonly place: string
}

const ink: Rgb = [226, 230, 244]
const quiet: Rgb = [132, 140, 168]
const card: Rgb = [30, 36, 62]
const gold: Rgb = [242, 190, 60]

/** Rows above and below the field. */
export const rowsAbove = 2
export const rowsBelow = 1

const width = (text: string): number => Array.from(text).length

const scores = (cells: Cells, lines: ReadonlyArray<Line>, row: number, column: number): void => {
  let at = column
  for (const { away, color, name, score } of lines) {
    cells.text(at, row, "■", rgb(color))
    const text = ` ${name} ${score}${away ? " (away)" : ""}`
    cells.text(at + 1, row, text, away ? quiet : ink)
    at += 1 + width(text) + 3
  }
}

interface Row {
  readonly text: string
  readonly color: Rgb
}

const playersOf = (match: MatchShown, mark: string): ReadonlyArray<Row> => [
  ...match.players.map(({ away, color, name, own, ready }) => ({
    text: `${name}${own ? " (you)" : ""}  ${away ? "away" : ready ? mark : "…"}`,
    color: away ? quiet : rgb(color)
  })),
  ...Array.from({ length: match.missing }, () => ({ text: "waiting for a player", color: quiet }))
]

const note = (text: string): Row => ({ text, color: quiet })

const readyNote = (match: MatchShown, again: boolean): ReadonlyArray<Row> =>
  !match.seated
    ? [note("You are watching.")]
    : match.wants
    ? [note(match.missing > 0 ? "Waiting for players." : "Waiting for the others."), note("Enter: not yet")]
    : [{ text: again ? "Enter: rematch" : "Enter: I am ready", color: gold }]

const title = (text: string): Row => ({ text, color: ink })

const counting = (text: string) => ({ secondsLeft }: MatchShown): ReadonlyArray<Row> => [
  title(text),
  { text: String(secondsLeft ?? 0), color: gold }
]

const cards: Readonly<Record<MatchShown["stage"], (match: MatchShown) => ReadonlyArray<Row> | null>> = {
  lobby: (match) => [
    title(match.missing > 0 ? "Waiting for opponents" : "Ready?"),
    ...(match.absent.length > 0
      ? [{ text: `${listed(match.absent)} did not answer, so nobody has begun.`, color: gold }]
      : []),
    ...playersOf(match, "ready"),
    ...readyNote(match, false)
  ],
  starting: (match) => [title("Asking everybody"), ...playersOf(match, "yes")],
  countdown: counting("Get ready"),
  resuming: counting("Going on"),
  frozen: ({ awaited }) => [title(`Waiting for ${listed(awaited)}`), note("The game goes on where it is.")],
  over: (match) => [
    title(match.winner === null ? "The match is over" : match.winner.own ? "You win!" : `${match.winner.name} wins`),
    ...playersOf(match, "rematch"),
    ...readyNote(match, true)
  ],
  playing: () => null
}

/** The card in the middle, or null while the game is played. */
export const cardOf = (match: MatchShown): ReadonlyArray<Row> | null => cards[match.stage](match)

const centered = (cells: Cells, rows: ReadonlyArray<Row>): void => {
  const inner = Math.max(...rows.map(({ text }) => width(text))) + 4
  const left = Math.floor((cells.columns - inner) / 2)
  const top = Math.floor((cells.rows - rows.length - 2) / 2)
  const blank = " ".repeat(inner)
  for (let row = -1; row <= rows.length; row++) cells.text(left, top + 1 + row, blank, ink, card)
  rows.forEach(({ color, text }, row) => {
    cells.text(left + Math.floor((inner - width(text)) / 2), top + 1 + row, text, color, card)
  })
}

export const draw = (cells: Cells, { banner, keys, lines, match, place, title }: Page): void => {
  cells.text(1, 0, title, ink)
  scores(cells, lines, 1, 1)
  const bottom = cells.rows - 1
  cells.text(1, bottom, keys, quiet)
  cells.text(cells.columns - width(place) - 1, bottom, place, quiet)
  if (banner !== null) cells.text(Math.max(1, cells.columns - width(banner) - 1), 0, banner, gold)
  const rows = match === null ? null : cardOf(match)
  if (rows !== null) centered(cells, rows)
}
