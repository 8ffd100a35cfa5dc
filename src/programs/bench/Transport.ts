/** What a bench's nodes are linked by: directly, or by a broker that runs already. */
import { Options } from "@effect/cli"
import type { Option } from "effect"
import { parse } from "../../layers/broker/BrokerUrl.ts"
import * as OptionChecks from "../OptionChecks.ts"

export const option: Options.Options<Option.Option<string>> = OptionChecks.understood(
  Options.text("transport").pipe(
    Options.withPseudoName("NAME|URL"),
    Options.withDescription("what nodes are linked by: tcp, udp, or a broker's address")
  ),
  (text) => text === "tcp" || text === "udp" || parse(text) !== null ? text : null,
  () => "--transport takes tcp, udp, or a broker as amqp://USER:PASSWORD@HOST or nats://HOST."
).pipe(Options.optional)

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
