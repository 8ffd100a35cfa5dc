/** The suite of links through real brokers. */
import { describe, it } from "@effect/vitest"
import { Effect, Layer, Logger, LogLevel } from "effect"
import * as BeatChannelNone from "../../src/layers/BeatChannelNone.ts"
import * as BrokerDatagrams from "../../src/layers/broker/BrokerDatagrams.ts"
import * as BrokerTransport from "../../src/layers/broker/BrokerTransport.ts"
import * as PeerLinksBroker from "../../src/layers/broker/PeerLinksBroker.ts"
import { Broker } from "../../src/services/Broker.ts"
import type { Wiring } from "../layers/linkNodes.ts"
import { suite } from "../layers/peerLinksConformance.ts"
import * as UdpRaw from "../layers/udpRaw.ts"
import { kinds, serverFor } from "./servers.ts"

/** Refusals are told aloud, once; not here. */
const quiet = <A, E, R>(effect: Effect.Effect<A, E, R>) => Logger.withMinimumLogLevel(effect, LogLevel.None)

const address = "127.0.0.1"
/** Each connection of a raw peer is one to the broker, too. */
const slowestMs = 30_000

const wiringOf = (url: string): Wiring => {
  const broker = Layer.fresh(Layer.orDie(BrokerTransport.layerOf(url)))
  /** What a process of its own has of the broker. */
  const mortal = Effect.gen(function*() {
    const context = yield* Layer.build(broker)
    return UdpRaw.mortal(yield* BrokerDatagrams.make(yield* Effect.provide(Broker, context)))
  })
  return {
    links: ({ format }) =>
      Layer.provideMerge(PeerLinksBroker.layer({ address, format }), BeatChannelNone.layer).pipe(Layer.provide(broker)),
    dial: (place) => Effect.flatMap(mortal, (process) => UdpRaw.dial(process, address, place)),
    listen: (_n, take) => Effect.flatMap(mortal, (process) => UdpRaw.listen(process, address, take)),
    drive: (effect) => effect
  }
}

for (const { make, missing, name } of kinds) {
  describe.skipIf(missing !== null)(missing === null ? `through ${name}` : `${name}: ${missing}`, () => {
    const server = serverFor(make)
    suite(
      name,
      Effect.sync(() => wiringOf(server().url)),
      (title, body, timeout = 0) => it.scopedLive(title, () => quiet(body() as never), Math.max(timeout, slowestMs))
    )
  })
}
