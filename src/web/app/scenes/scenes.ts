/** Which scene shows which game. */
import type { SceneModule } from "../../Scene.ts"

const builtIn: { readonly [game: string]: () => Promise<SceneModule> } = {
  gather: async () => (await import("./gather/GatherScene.ts")).gatherScene,
  pong: async () => (await import("./pong/PongScene.ts")).pongScene
}

const isScene = (value: unknown): value is SceneModule =>
  typeof value === "object" && value !== null && "mount" in value && typeof value.mount === "function" &&
  "game" in value && typeof value.game === "object" && value.game !== null

/** The scene of a game that comes with the page, or the user's own, from the node; or why there is none. */
export const loadScene = async (game: string): Promise<SceneModule | string> => {
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
