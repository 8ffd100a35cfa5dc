/** Real brokers for the tests of a file. */
import type { FileSystem } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { Effect, Exit, Scope } from "effect"
import { afterAll, beforeAll } from "vitest"
import * as NatsServer from "../../bench/broker/NatsServer.ts"
import * as RabbitServer from "../../bench/broker/RabbitServer.ts"
import type { BrokerServer } from "../../bench/broker/Server.ts"
import type { BenchError } from "../../src/programs/bench/NodeProcess.ts"

type Make = Effect.Effect<BrokerServer, BenchError, Scope.Scope | FileSystem.FileSystem>

export interface Kind {
  readonly name: string
  readonly make: Make
  /** Why it cannot be had here, or null. */
  readonly missing: string | null
}

const missing = (product: string, version: string | null): string | null =>
  version === null ? `skipped because there is no ${product} on this machine` : null

export const kinds: ReadonlyArray<Kind> = [
  { name: "NATS", make: NatsServer.make(), missing: missing("nats-server", Effect.runSync(NatsServer.version)) },
  {
    name: "RabbitMQ",
    make: RabbitServer.make,
    missing: missing("rabbitmq-server", Effect.runSync(RabbitServer.version))
  }
]

/** A server that runs from before the first of the tests around it to after the last. */
export const serverFor = (make: Make): () => BrokerServer => {
  let server: BrokerServer | null = null
  const scope = Effect.runSync(Scope.make())
  beforeAll(async () => {
    server = await Effect.runPromise(make.pipe(Scope.extend(scope), Effect.provide(NodeContext.layer)))
  }, 100_000)
  afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))
  return () => server!
}
