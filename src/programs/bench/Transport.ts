/** What a bench's nodes are linked by: directly, or by a broker that runs already. */
import { HelpDoc, Options, ValidationError } from "@effect/cli"
import { Effect, type Option } from "effect"
import { parse } from "../../layers/broker/BrokerUrl.ts"

const takes = "--transport takes tcp, udp, or a broker as amqp://USER:PASSWORD@HOST or nats://HOST."

export const option: Options.Options<Option.Option<string>> = Options.text("transport").pipe(
  Options.withPseudoName("NAME|URL"),
  Options.withDescription("what nodes are linked by: tcp, udp, or a broker's address"),
  Options.mapEffect((text) =>
    text === "tcp" || text === "udp" || parse(text) !== null
      ? Effect.succeed(text)
      : Effect.fail(ValidationError.invalidValue(HelpDoc.p(takes)))
  ),
  Options.optional
)

export interface Linked {
  /** For people, without credentials. */
  readonly name: string
  /** What nodes are told, by their environment: an address may hold a password. */
  readonly env: Readonly<Record<string, string>>
}

export const of = (transport: string): Linked => ({
  name: parse(transport)?.name ?? transport,
  env: { GAME_TRANSPORT: transport }
})
