/** Discovery through a broker: everybody hears what is sent to one subject; answers go to a subject of each node's own. */
import { Effect, Layer } from "effect"
import { randomUUID } from "node:crypto"
import { Broker } from "../../services/Broker.ts"
import { Discovery, DiscoveryError } from "../../services/Discovery.ts"
import * as DiscoveryCore from "../discovery/DiscoveryCore.ts"

/** Where nodes call each other, whatever they play. */
const everybody = "hostless.calls"

export interface Options {
  /** This node's address, as others know it: from 127.x.y.z only nodes at such addresses are found. */
  readonly address: string
}

const make = Effect.fnUntraced(function*({ address }: Options) {
  const broker = yield* Broker
  const own = `hostless.node.${randomUUID()}`
  let called: Uint8Array | null = null
  const call = (): void => {
    if (called !== null) broker.publish(everybody, called, own)
  }
  const core = yield* DiscoveryCore.make<string>({
    address,
    broadcast: (datagram) => {
      called = datagram
      call()
    },
    reply: (datagram, to) => {
      if (to.startsWith("hostless.node.")) broker.publish(to, datagram, own)
    }
  })
  const taker = { receive: core.receive, undelivered: () => {} }
  for (const subject of [own, everybody]) {
    const subscribed = Effect.mapError(
      broker.subscribe(subject, taker),
      ({ detail }) => new DiscoveryError({ reason: "network", detail })
    )
    yield* Effect.acquireRelease(subscribed, (end) => Effect.sync(end))
  }
  // Whoever is back is heard of at once, too.
  yield* Effect.acquireRelease(Effect.sync(() => broker.onReturn(call)), (end) => Effect.sync(end))
  return core.service
})

/** DiscoveryError where the broker does not let this node call or hear. */
export const layer = (options: Options): Layer.Layer<Discovery, DiscoveryError, Broker | DiscoveryCore.Needs> =>
  Layer.scoped(Discovery, make(options))
