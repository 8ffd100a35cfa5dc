/** The log as players see it: who leads in which term, how far it is committed, its last entries; and the headline. */
import type { RaftianHappening } from "../../../../games/raftian/Schemas.ts"
import { displayFonts, sansFonts } from "../fonts.ts"
import { toNumber } from "../painting.ts"
import { Part } from "../Part.ts"
import { Line } from "./Line.ts"
import { letters, type Look } from "./look.ts"
import { entry, type People, sentence, type Word } from "./words.ts"

export interface Log {
  readonly term: number
  readonly leader: string | null
  readonly committed: number
  /** What has been shown so far, newest last. */
  readonly happenings: ReadonlyArray<RaftianHappening>
  readonly people: People
}

const entriesMax = 12
const changeMs = 1800
/** Says what to do before anything has happened. */
const opening: ReadonlyArray<Word> = [{ text: "Choose a city to attack" }]

export class Chronicle extends Part<Look> {
  private readonly box = this.graphics(40)
  private readonly head = this.line(displayFonts)
  private readonly term = this.line(displayFonts)
  private readonly facts = this.lines(2, "normal")
  private readonly numbers = this.lines(entriesMax, "normal")
  private readonly entries = this.lines(entriesMax)
  private known: number | null = null
  private changedAtMs = -Infinity
  private toldAtMs = -Infinity
  private told = 0

  update(log: Log, nowMs: number): void {
    if (this.known !== null && this.known !== log.term) this.changedAtMs = nowMs
    this.known = log.term
    const last = log.happenings.at(-1)
    if (last !== undefined && last.number !== this.told) this.toldAtMs = nowMs
    this.told = last?.number ?? 0
    this.drawBox(nowMs)
    this.drawHead(last, log.people, nowMs)
    this.drawFacts(log)
    this.drawEntries(log)
  }

  private line(family: string, style?: string): Line {
    return new Line(this.look.scene, family, 42, style)
  }

  private lines(length: number, style?: string): ReadonlyArray<Line> {
    return Array.from({ length }, () => this.line(sansFonts, style))
  }

  private drawBox(nowMs: number): void {
    const { layout: { headline, panel, width }, theme } = this.look
    const fresh = Math.max(0, 1 - (nowMs - this.changedAtMs) / changeMs)
    this.box.clear()
      .fillStyle(0x07060e, 0.62).fillRoundedRect(16, headline - 24, width - 32, 48, 14)
      .fillStyle(0x07060e, 0.62).fillRoundedRect(panel.x, panel.y, panel.width, panel.height, 14)
      .lineStyle(1.5 + 2.5 * fresh, toNumber(fresh > 0 ? theme.gold : theme.quiet), 0.3 + 0.7 * fresh)
      .strokeRoundedRect(panel.x, panel.y, panel.width, panel.height, 14)
  }

  private drawHead(last: RaftianHappening | undefined, people: People, nowMs: number): void {
    const { calm, layout: { headline, width }, scale, theme } = this.look
    const age = nowMs - this.toldAtMs
    this.head.write(last === undefined ? opening : sentence(last, people), {
      x: width / 2,
      y: headline,
      align: "middle",
      size: letters(this.look, 26, 16),
      ink: theme.ink,
      alpha: calm ? 1 : Math.min(1, 0.25 + age / 240),
      resolution: scale,
      room: width - 60
    })
  }

  private drawFacts({ committed, leader, term }: Log): void {
    const { layout: { panel, wide }, scale, theme } = this.look
    const size = letters(this.look, 15, 11.5)
    const common = {
      x: panel.x + 16,
      align: "left",
      alpha: 1,
      resolution: scale,
      room: wide ? panel.width - 32 : 180
    } as const
    this.term.write([{ text: `TERM ${term}` }], {
      ...common,
      y: panel.y + 28,
      size: letters(this.look, 30, 19),
      ink: theme.gold
    })
    const facts = [leader === null ? "no leader" : `${leader} leads`, `committed up to ${committed}`]
    for (const [index, text] of facts.entries()) {
      this.facts[index]!.write([{ text }], {
        ...common,
        y: panel.y + 58 + index * size * 1.5,
        size,
        ink: leader === null && index === 0 ? theme.accent : theme.ink
      })
    }
  }

  /** Newest first: what is old goes down and fades. */
  private drawEntries({ happenings, people }: Log): void {
    const { layout: { panel, wide }, scale, theme } = this.look
    const size = letters(this.look, 15, 11.5)
    const step = size * (wide ? 2.2 : 1.85)
    const top = wide ? panel.y + 132 : panel.y + 24
    const left = wide ? panel.x + 16 : panel.x + 216
    const room = Math.min(entriesMax, Math.floor((panel.y + panel.height - 8 - top) / step) + 1)
    const newest = [...happenings].reverse()
    for (let index = 0; index < entriesMax; index++) {
      const happening = index < room ? newest[index] : undefined
      const [number, line] = [this.numbers[index]!, this.entries[index]!]
      if (happening === undefined) {
        number.clear()
        line.clear()
        continue
      }
      const y = top + index * step
      const common = {
        y,
        align: "left",
        size,
        resolution: scale,
        alpha: 1 - (0.72 * index) / Math.max(6, room)
      } as const
      const digits = size * 2.1
      number.write([{ text: `${happening.number}` }], { ...common, x: left, ink: theme.quiet, room: digits })
      const right = panel.x + panel.width - 10
      line.write(entry(happening, people, wide ? 9 : 11), {
        ...common,
        x: left + digits,
        ink: theme.ink,
        room: right - left - digits
      })
    }
  }
}
