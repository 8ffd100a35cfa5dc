/** A line of words in several colours. */
import type Phaser from "phaser"
import { blend } from "../painting.ts"
import type { Word } from "./words.ts"

export class Line {
  private readonly texts: Array<Phaser.GameObjects.Text> = []
  private shown = ""

  constructor(
    private readonly scene: Phaser.Scene,
    private readonly family: string,
    private readonly depth: number,
    private readonly style = "bold"
  ) {}

  /** Writes from a place on, or about it. */
  write(
    words: ReadonlyArray<Word>,
    { align, alpha, ink, resolution, room, size, x, y }: {
      readonly x: number
      readonly y: number
      readonly align: "left" | "middle"
      readonly size: number
      readonly ink: string
      readonly alpha: number
      readonly resolution: number
      /** No wider than this: smaller letters if need be. */
      readonly room: number
    }
  ): void {
    const shown = JSON.stringify([words, x, y, align, size, ink, resolution, room])
    if (shown !== this.shown) {
      this.shown = shown
      while (this.texts.length < words.length) {
        const text = this.scene.add.text(0, 0, "", { fontFamily: this.family, fontStyle: this.style })
        this.texts.push(text.setOrigin(0, 0.5).setDepth(this.depth))
      }
      for (const [index, text] of this.texts.entries()) {
        const word = words[index]
        text.setVisible(word !== undefined)
        if (word === undefined) continue
        const color = word.color === undefined ? ink : blend(word.color, "#ffffff", 0.3)
        text.setResolution(resolution).setFontSize(size).setColor(color).setText(word.text)
      }
      const used = this.texts.slice(0, words.length)
      const full = used.reduce((sum, { width }) => sum + width, 0)
      const shrunk = Math.min(1, room / Math.max(1, full))
      let at = align === "left" ? x : x - (full * shrunk) / 2
      for (const text of used) {
        text.setPosition(at, y).setScale(shrunk)
        at += text.width * shrunk
      }
    }
    for (const text of this.texts) text.setAlpha(alpha)
  }

  clear(): void {
    this.shown = ""
    for (const text of this.texts) text.setVisible(false)
  }
}
