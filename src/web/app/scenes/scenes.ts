/** Which scene shows which game. */
import type * as PhaserModule from "phaser"
import type { SceneModule } from "../../Scene.ts"

const builtIn: { readonly [game: string]: () => Promise<SceneModule> } = {
  gather: async () => (await import("./gather/GatherScene.ts")).gatherScene,
  pong: async () => (await import("./pong/PongScene.ts")).pongScene,
  raftian: async () => (await import("./raftian/RaftianScene.ts")).raftianScene
}

const isScene = (value: unknown): value is SceneModule =>
  typeof value === "object" && value !== null && "mount" in value && typeof value.mount === "function" &&
  "game" in value && typeof value.game === "object" && value.game !== null

const loadScene = async (game: string): Promise<SceneModule | string> => {
  if (Object.hasOwn(builtIn, game)) return builtIn[game]!()
  const address = new URL("/scene.js", location.href).href
  try {
    const { default: scene } = await import(/* @vite-ignore */ address) as { readonly default: unknown }
    return isScene(scene)
      ? scene
      : `The scene of “${game}” is none: its module must export { game, mount } by default.`
  } catch (error) {
    return `“${game}” brings no scene that could be loaded. ${error instanceof Error ? error.message : ""}`
  }
}

/** What a field needs, from the node; `scene` is the one that comes with the page, or the user's own. */
export interface FieldParts {
  readonly Phaser: typeof PhaserModule
  readonly scene: SceneModule
}

/** Loads them, or tells why there is no field. */
export const loadField = async (game: string): Promise<FieldParts | string> => {
  try {
    const [Phaser, scene] = await Promise.all([import("phaser"), loadScene(game)])
    return typeof scene === "string" ? scene : { Phaser, scene }
  } catch {
    return "This page's node went away before it had sent the game. It is loaded as soon as the node answers again."
  }
}
