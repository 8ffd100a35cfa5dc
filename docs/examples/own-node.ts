import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { LanNode } from "hostless/layers"
import { WebGateway } from "hostless/services"
import { fileURLToPath } from "node:url"
import { Taps } from "./own-game.js"

const node = LanNode.layer({
  game: Taps,
  address: process.env["GAME_IP"] ?? "127.0.0.1",
  scene: fileURLToPath(new URL("scene.js", import.meta.url))
})

/** Says where the page is, and plays until it is asked to end. */
const program = Effect.flatMap(WebGateway, ({ page }) => Effect.zipRight(Console.log(page), Effect.never))

NodeRuntime.runMain(Effect.provide(program, node))
