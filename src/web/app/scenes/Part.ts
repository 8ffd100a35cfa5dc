/** What a field is made of: pictures and words of its size. */
import type Phaser from "phaser"
import type { Stage, Theme } from "../../Scene.ts"
import { shining } from "./lights.ts"
import { refit } from "./painting.ts"

/** What everything on a field shares. */
export interface FieldLook {
  readonly scene: Phaser.Scene
  readonly theme: Theme
  /** Canvas pixels per field unit, and CSS pixels per field unit. */
  readonly scale: number
  readonly cssScale: number
  /** Little motion is wanted. */
  readonly calm: boolean
}

/** So many canvas pixels per field unit, as far as that can be seen. */
export const lookAt = (scene: Phaser.Scene, stage: Stage, theme: Theme, wanted: number): FieldLook => {
  const scale = Math.max(0.2, wanted)
  return { scene, theme, scale, cssScale: scale / (globalThis.devicePixelRatio || 1), calm: stage.reducedMotion() }
}

/** Dressed once before it is shown; on a field that is taken down, everything goes by itself. */
export abstract class Part<Look extends FieldLook> {
  private readonly made: Array<Phaser.GameObjects.GameObject> = []
  private readonly pictures: Array<Phaser.GameObjects.Image> = []

  constructor(protected look: Look) {}

  /** The size or the colours have changed, and the pictures have been painted anew. */
  dress(look: Look): void {
    this.look = look
    for (const picture of this.pictures) refit(picture)
  }

  /** For what leaves a field that stays. */
  destroy(): void {
    for (const each of this.made) each.destroy()
  }

  protected keep<A extends Phaser.GameObjects.GameObject>(made: A): A {
    this.made.push(made)
    return made
  }

  protected picture(key: string, depth = 0): Phaser.GameObjects.Image {
    const picture = this.keep(this.look.scene.add.image(0, 0, key).setDepth(depth))
    this.pictures.push(picture)
    return picture
  }

  /** A picture of light. */
  protected light(key: string, color: string, depth = 0): Phaser.GameObjects.Image {
    return shining(this.picture(key, depth), color)
  }

  /** A text about its place. */
  protected words(fontFamily: string, depth = 0, fontStyle = "bold"): Phaser.GameObjects.Text {
    return this.keep(this.look.scene.add.text(0, 0, "", { fontFamily, fontStyle }).setOrigin(0.5).setDepth(depth))
  }

  protected graphics(depth = 0): Phaser.GameObjects.Graphics {
    return this.keep(this.look.scene.add.graphics().setDepth(depth))
  }
}
