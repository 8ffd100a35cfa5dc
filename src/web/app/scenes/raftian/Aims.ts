/**
 * What the own player aims at: what the pointer is over, and what was said and is not committed yet. The mark stays until
 * the view shows what became of the attack, however long nobody leads.
 */
import type Phaser from "phaser"
import { isInGame, type RaftianView } from "../../../../games/raftian/Schemas.ts"
import { sansFonts } from "../fonts.ts"
import { shining } from "../lights.ts"
import { toNumber } from "../painting.ts"
import { Part } from "../Part.ts"
import { letters, type Look, type Place } from "./look.ts"
import { along } from "./Shots.ts"

interface Mark {
  readonly reticle: Phaser.GameObjects.Image
  readonly label: Phaser.GameObjects.Text
  /** Happenings with higher numbers may tell of it. */
  readonly after: number
}

const dots = 9

export class Aims extends Part<Look> {
  private readonly marks = new Map<number, Mark>()
  private readonly hover = this.light("reticle", this.look.theme.ink, 26).setVisible(false)
  private readonly path = this.graphics(27)

  has(seat: number): boolean {
    return this.marks.has(seat)
  }

  say(seat: number, after: number): void {
    const { scale, scene, theme } = this.look
    const label = scene.add.text(0, 0, "on its way", {
      fontFamily: sansFonts,
      fontStyle: "bold",
      fontSize: letters(this.look, 13, 11),
      color: theme.gold,
      stroke: "#0b0914",
      strokeThickness: 5,
      resolution: scale
    }).setOrigin(0.5).setDepth(32)
    const reticle = shining(scene.add.image(0, 0, "reticle"), theme.gold).setDepth(26)
    this.marks.set(seat, { reticle, label, after })
  }

  /** Drops what the view tells of, or what cannot be any more. */
  hear(view: RaftianView, own: number | null): void {
    for (const [seat, mark] of this.marks) {
      const isTold = view.happenings.some((happening) =>
        happening.number > mark.after && happening.by === own && "on" in happening && happening.on === seat
      )
      const canBe = own !== null && view.phase.name !== "won" && isInGame(view.cities[own]) &&
        view.cities[seat] !== undefined
      if (!isTold && canBe) continue
      mark.reticle.destroy()
      mark.label.destroy()
      this.marks.delete(seat)
    }
  }

  update(nowMs: number, hovered: Place | null, own: Place | null, groundOf: (seat: number) => Place | null): void {
    const { calm, scale, theme } = this.look
    this.hover.setVisible(hovered !== null)
    if (hovered !== null) this.hover.setPosition(hovered.x, hovered.y + 4).setScale(1.06 / scale).setAlpha(0.8)
    this.path.clear().fillStyle(toNumber(theme.gold), 0.9)
    for (const [seat, { label, reticle }] of this.marks) {
      const ground = groundOf(seat)
      if (ground === null) continue
      const beat = calm ? 0 : Math.sin(nowMs / 130)
      reticle.setPosition(ground.x, ground.y + 4).setScale((1 + 0.05 * beat) / scale).setAlpha(0.85 + 0.15 * beat)
      label.setPosition(ground.x, ground.y - 96)
      if (own === null) continue
      for (let dot = 0; dot < dots; dot++) {
        const share = (dot + (calm ? 0.5 : (nowMs / 420) % 1)) / dots
        const { x, y } = along({ x: own.x, y: own.y - 30 }, { x: ground.x, y: ground.y - 30 }, share)
        this.path.fillCircle(x, y, 2.2)
      }
    }
  }
}
