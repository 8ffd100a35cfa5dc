/** The broker of an address, whichever it is. */
import { Layer } from "effect"
import { type Broker, BrokerError } from "../../services/Broker.ts"
import * as BrokerAmqp from "./BrokerAmqp.ts"
import * as BrokerNats from "./BrokerNats.ts"
import { type BrokerUrl, parse } from "./BrokerUrl.ts"

const layers: Readonly<Record<BrokerUrl["protocol"], (url: BrokerUrl) => Layer.Layer<Broker, BrokerError>>> = {
  amqp: BrokerAmqp.layer,
  nats: BrokerNats.layer
}

/** The broker at `amqp://…` or `nats://…`. BrokerError where the text is no such address, or the broker refuses it. */
export const broker = (text: string): Layer.Layer<Broker, BrokerError> => {
  const url = parse(text)
  return url === null
    ? Layer.fail(
      new BrokerError({
        reason: "unreachable",
        detail:
          "That is no broker's address. Write amqp://user:password@host:port/vhost or nats://user:password@host:port."
      })
    )
    : layers[url.protocol](url)
}
