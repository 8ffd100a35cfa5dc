/** For transports without datagrams: beats go over the links. */
import { Effect, Layer } from "effect"
import { BeatChannel } from "../../services/BeatChannel.ts"

/** Sends nothing, takes nothing. */
export const layer: Layer.Layer<BeatChannel> = Layer.succeed(BeatChannel, {
  port: null,
  send: () => Effect.succeed(false),
  take: Effect.never,
  rejected: Effect.succeed(0)
})
