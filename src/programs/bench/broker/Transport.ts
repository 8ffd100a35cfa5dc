/** What a bench's nodes are linked by: directly, by a broker that runs already, or by one of the bench's own. */
import { HelpDoc, Options, ValidationError } from "@effect/cli"
import type { FileSystem } from "@effect/platform"
import { Effect, type Option, type Scope } from "effect"
import { parse } from "../../../layers/broker/BrokerUrl.ts"
import type { BenchError } from "../NodeProcess.ts"
import * as NatsServer from "./NatsServer.ts"
import * as RabbitServer from "./RabbitServer.ts"

const takes = "--transport takes tcp, udp, nats, rabbitmq, or a broker as amqp://USER:PASSWORD@HOST or nats://HOST."

const isKnown = (text: string): boolean => ["tcp", "udp", "nats", "rabbitmq"].includes(text) || parse(text) !== null

export const option: Options.Options<Option.Option<string>> = Options.text("transport").pipe(
  Options.withPseudoName("NAME|URL"),
  Options.withDescription(
    "what nodes are linked by: tcp, udp, nats or rabbitmq (a server that runs as long as this), or a broker's address"
  ),
  Options.mapEffect((text) =>
    isKnown(text) ? Effect.succeed(text) : Effect.fail(ValidationError.invalidValue(HelpDoc.p(takes)))
  ),
  Options.optional
)

export interface Linked {
  /** For people, without credentials. */
  readonly name: string
  /** What nodes are told, by their environment: an address may hold a password. */
  readonly env: Readonly<Record<string, string>>
}

/** A server of its own runs with the scope. */
export const of = (
  transport: string
): Effect.Effect<Linked, BenchError, Scope.Scope | FileSystem.FileSystem> => {
  const own = transport === "nats" ? NatsServer.make() : transport === "rabbitmq" ? RabbitServer.make : null
  return own === null
    ? Effect.succeed({ name: parse(transport)?.name ?? transport, env: { GAME_TRANSPORT: transport } })
    : Effect.map(own, ({ product, url }) => ({ name: product, env: { GAME_TRANSPORT: url } }))
}
