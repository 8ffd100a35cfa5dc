/** The game that this node's rooms play. */
import { Context, Layer } from "effect"
import type { AnyGame } from "../games/Game.ts"

export class CurrentGame extends Context.Tag("hostless/CurrentGame")<CurrentGame, AnyGame>() {
  static readonly layer = (game: AnyGame): Layer.Layer<CurrentGame> => Layer.succeed(CurrentGame, game)
}
