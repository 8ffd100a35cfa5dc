/** The suites of links and discovery through a broker, for whoever writes a driver for one. */
import { Effect, Layer, Logger, LogLevel } from "effect"
import * as BrokerDatagrams from "../layers/broker/BrokerDatagrams.ts"
import * as DiscoveryBroker from "../layers/broker/DiscoveryBroker.ts"
import * as PeerLinksBroker from "../layers/broker/PeerLinksBroker.ts"
import * as BeatChannelNone from "../layers/health/BeatChannelNone.ts"
import { Broker, type BrokerError } from "../services/Broker.ts"
import * as DatagramPeers from "./DatagramPeers.ts"
import { discoverySuite } from "./DiscoverySuite.ts"
import type { Describe } from "./LinkMessages.ts"
import type { Wiring } from "./LinkNodes.ts"
import { type Runner, suite as peerLinksSuite } from "./PeerLinksSuite.ts"

/** What the suites need of a test runner: vitest's, Jest's and Mocha's fit. */
export interface Harness {
  readonly describe: Describe
  readonly test: (name: string, body: () => Promise<void>, timeoutMs: number) => unknown
}

const address = "127.0.0.1"
/** Each connection of a peer that speaks bytes of its own is one to the broker, too. */
const slowestMs = 30_000

const runnerOf = ({ test }: Harness): Runner => (name, body, timeoutMs = 0) => {
  // Refusals are told aloud, once; not here. A test in real time needs none of the test services.
  const quiet = () => Logger.withMinimumLogLevel(Effect.scoped(body()), LogLevel.None) as Effect.Effect<void>
  test(name, () => Effect.runPromise(quiet()), Math.max(timeoutMs, slowestMs))
}

/** Nodes through a broker, and peers that speak bytes of their own, each with a connection of its own. */
const wiringOf = (layer: Layer.Layer<Broker, BrokerError>): Wiring => {
  const broker = Layer.fresh(Layer.orDie(layer))
  const mortal = Effect.gen(function*() {
    const context = yield* Layer.build(broker)
    return DatagramPeers.mortal(yield* BrokerDatagrams.make(yield* Effect.provide(Broker, context)))
  })
  return {
    links: ({ format }) =>
      Layer.provideMerge(PeerLinksBroker.layer({ address, format }), BeatChannelNone.layer).pipe(Layer.provide(broker)),
    dial: (place) => Effect.flatMap(mortal, (process) => DatagramPeers.dial(process, address, place)),
    listen: (_n, take) => Effect.flatMap(mortal, (process) => DatagramPeers.listen(process, address, take)),
    drive: (effect) => effect
  }
}

/**
 * Defines the tests of everything that `PeerLinks` and `Discovery` promise. `broker` is asked for within each test, when
 * the broker runs; its layer makes a connection with each build.
 */
export const brokerSuite = (name: string, broker: () => Layer.Layer<Broker, BrokerError>, harness: Harness): void => {
  const runner = runnerOf(harness)
  peerLinksSuite(name, Effect.sync(() => wiringOf(broker())), runner, harness.describe)
  const discovery = () => Layer.provide(DiscoveryBroker.layer({ address }), Layer.fresh(broker()))
  discoverySuite(name, discovery, runner, harness.describe)
}
