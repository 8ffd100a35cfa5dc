/**
 * What the nodes of a cluster run together: a game, for a program of games. Discovery and links tell it in the handshake, and
 * nodes with another name or version are refused.
 */
import { Context, Layer } from "effect"

export interface ApplicationService {
  /** Lower case, digits and `-`. */
  readonly name: string
  /** Counts changes that nodes with different versions could not agree on. */
  readonly version: number
}

export class Application extends Context.Tag("hostless/Application")<Application, ApplicationService>() {
  static readonly layer = ({ name, version }: ApplicationService): Layer.Layer<Application> =>
    Layer.succeed(Application, { name, version })
}
