/** How the built-in scenes bring Phaser into the page. */
import type Phaser from "phaser"
import type { Frame, MountedScene, Stage } from "../../Scene.ts"

/** Everything on a field, once Phaser is ready. */
export interface Drawing<View> {
  readonly update: (frame: Frame<View>) => void
  /** The size or the colours have changed: everything is drawn anew at its size. */
  readonly dress: () => void
}

/** Phaser as large as its place, in the screen's own pixels; `draw` is called when it is ready. */
export const mountDrawing = <View>(
  { Phaser, parent }: Stage,
  backgroundColor: string,
  draw: (scene: Phaser.Scene) => Drawing<View>
): MountedScene<View> => {
  const density = (): number => Math.min(3, globalThis.devicePixelRatio || 1)
  let drawing: Drawing<View> | null = null
  const game = new Phaser.Game({
    type: Phaser.WEBGL,
    parent,
    banner: false,
    audio: { noAudio: true },
    input: { keyboard: false, mouse: false, touch: false, gamepad: false },
    autoFocus: false,
    // Pictures have smooth edges of their own; what the browser would add costs more than it shows.
    antialiasGL: false,
    // One at a time: choosing among several in the shader goes wrong at the edges of turned pictures on some renderers.
    maxTextures: 1,
    backgroundColor,
    disableContextMenu: false,
    scale: {
      mode: Phaser.Scale.NONE,
      width: Math.max(1, Math.round(parent.clientWidth * density())),
      height: Math.max(1, Math.round(parent.clientHeight * density())),
      zoom: 1 / density()
    },
    scene: {
      create(this: Phaser.Scene) {
        drawing = draw(this)
      }
    }
  })
  return {
    update: (frame) => drawing?.update(frame),
    resize: (cssWidth, cssHeight) => {
      game.scale.setZoom(1 / density())
      game.scale.resize(Math.round(cssWidth * density()), Math.round(cssHeight * density()))
      // Phaser leaves the size before this one there when a pixel of the canvas is one of the page.
      game.canvas.style.width = `${cssWidth}px`
      game.canvas.style.height = `${cssHeight}px`
      drawing?.dress()
    },
    destroy: () => {
      drawing = null
      game.destroy(true)
    }
  }
}
