/** What a broker does not allow, said plainly, with nothing of the password. */
import { NodeContext } from "@effect/platform-node"
import { Effect, Exit, Scope } from "effect"
import { strict as assert } from "node:assert"
import { describe, onTestFinished, test } from "vitest"
import * as NatsServer from "../../bench/broker/NatsServer.ts"
import { run } from "../process/nodes.ts"
import { kinds, serverFor } from "./servers.ts"

const play = (transport: string, ip: string) =>
  run(["play", "gather", "--headless", "--http-port", "0", "--ip", ip], { GAME_TRANSPORT: transport })

const [nats, rabbit] = kinds as [(typeof kinds)[0], (typeof kinds)[0]]

const natsWith = async (options: NatsServer.Options) => {
  const scope = Effect.runSync(Scope.make())
  onTestFinished(() => Effect.runPromise(Scope.close(scope, Exit.void)))
  return Effect.runPromise(NatsServer.make(options).pipe(Scope.extend(scope), Effect.provide(NodeContext.layer)))
}

test("an address that is none is not repeated", async () => {
  const { code, stderr, stdout } = await play("amqp://ada:s3cret@host:99999", "127.42.9.1")
  assert.equal(code, 1)
  assert.match(`${stdout}${stderr}`, /--transport takes tcp, udp, amqp:/)
  assert.ok(!`${stdout}${stderr}`.includes("s3cret"))
})

describe.skipIf(nats.missing !== null)(nats.missing === null ? "NATS" : `NATS: ${nats.missing}`, () => {
  test("refuses a password", async () => {
    const { url } = await natsWith({ user: "ada", password: "right" })
    const { code, stderr } = await play(url.replace("right", "s3cret"), "127.42.9.2")
    assert.equal(code, 1)
    assert.match(stderr, /refuses the user name or password.*GAME_TRANSPORT/)
    assert.ok(!stderr.includes("s3cret"))
  })

  test("lets a user do less than a node must", async () => {
    const { url } = await natsWith({
      configuration:
        "authorization { users: [{ user: ada, password: right, permissions: { subscribe: [\"_INBOX.>\"] } }] }"
    })
    const { code, stderr } = await play(url.replace("nats://", "nats://ada:right@"), "127.42.9.3")
    assert.equal(code, 1)
    assert.match(stderr, /does not let this user subscription|does not let this user subscribe/)
    assert.match(stderr, /hostless\.>/)
  })
})

describe.skipIf(rabbit.missing !== null)(rabbit.missing === null ? "RabbitMQ" : `RabbitMQ: ${rabbit.missing}`, () => {
  const server = serverFor(rabbit.make)

  test("refuses a password", async () => {
    const url = new URL(server().url)
    url.password = "wrong-one"
    const { code, stderr } = await play(url.href, "127.42.9.4")
    assert.equal(code, 1)
    assert.match(stderr, /refuses the user name or password/)
    assert.ok(!stderr.includes("wrong-one"))
  })

  test("has no such virtual host", async () => {
    const { code, stderr } = await play(`${server().url}/elsewhere`, "127.42.9.5")
    assert.equal(code, 1)
    assert.match(stderr, /does not let the user player .* virtual host/)
  })
})
