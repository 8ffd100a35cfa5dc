/** The broker of an address, whichever it is. */
import { Effect, Layer } from "effect"
import { type Broker, BrokerError } from "../../services/Broker.ts"
import { type BrokerUrl, parse } from "./BrokerUrl.ts"

/** Loaded where it is needed: whoever plays without a broker does not wait for its library. */
const adapters = {
  amqp: () => import("./BrokerAmqp.ts"),
  nats: () => import("./BrokerNats.ts")
}

/** The broker at an address; BrokerError where it refuses this node. Waits for one that is not there yet. */
export const layer = (url: BrokerUrl): Layer.Layer<Broker, BrokerError> =>
  Layer.unwrapEffect(Effect.map(Effect.promise(adapters[url.protocol]), (adapter) => adapter.layer(url)))

/** The same for the text of an address, which is no broker's where this fails. */
export const layerOf = (text: string): Layer.Layer<Broker, BrokerError> => {
  const url = parse(text)
  return url === null
    ? Layer.fail(
      new BrokerError({
        reason: "unreachable",
        detail: "That is no broker's address. "
          + "Write amqp://user:password@host:port/vhost or nats://user:password@host:port."
      })
    )
    : layer(url)
}
