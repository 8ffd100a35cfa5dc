/** Counts what screens sent that no schema takes, where both the gateway and the status reach it. */
import { Context, Effect, Layer } from "effect"

export class Rejections extends Context.Tag("hostless/Rejections")<
  Rejections,
  { readonly add: () => void; readonly count: Effect.Effect<number> }
>() {
  static readonly layer: Layer.Layer<Rejections> = Layer.sync(Rejections, () => {
    let count = 0
    return { add: () => void count++, count: Effect.sync(() => count) }
  })
}
