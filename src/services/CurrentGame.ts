/** The game that this node's rooms play. */
import { Context, Layer } from "effect"
import type { AnyGame } from "../games/Game.ts"
import { Application } from "./Application.ts"

export class CurrentGame extends Context.Tag("hostless/CurrentGame")<CurrentGame, AnyGame>() {
  /** Nodes run this game together. */
  static readonly layer = (game: AnyGame): Layer.Layer<CurrentGame | Application> =>
    Layer.merge(Layer.succeed(CurrentGame, game), Application.layer(game))
}
