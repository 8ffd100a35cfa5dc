/** Quiet music without an end: four chords that breathe, and now and then a high note of the chord. */

/** Plays a note, in hertz, for so long, so loud, after so many milliseconds. */
export type PlayNote = (frequency: number, ms: number, loud: number, afterMs: number) => void

const barMs = 4200

/** A minor, F, C, G, low to high. */
const chords: ReadonlyArray<ReadonlyArray<number>> = [
  [110, 164.8, 220, 261.6],
  [87.3, 174.6, 220, 261.6],
  [130.8, 164.8, 196, 261.6],
  [98, 146.8, 196, 246.9]
]

/** Which of the chord's notes rings an octave up in which eighth of the bar. */
const rings: ReadonlyArray<readonly [eighth: number, note: number]> = [[1, 2], [3, 3], [4, 1], [6, 2]]

export class Music {
  private timer: ReturnType<typeof setInterval> | undefined
  private bar = 0

  constructor(private readonly note: PlayNote) {}

  turn(on: boolean): void {
    if (on === (this.timer !== undefined)) return
    clearInterval(this.timer)
    this.timer = on ? setInterval(() => this.play(), barMs) : undefined
    if (on) this.play()
  }

  private play(): void {
    const chord = chords[this.bar % chords.length]!
    for (const frequency of chord) this.note(frequency, barMs * 1.15, 0.05, 0)
    // Every other bar is left to the chord alone.
    for (const [eighth, note] of this.bar % 2 === 0 ? rings : []) {
      this.note(chord[note]! * 2, 900, 0.04, (eighth * barMs) / 8)
    }
    this.bar++
  }
}
