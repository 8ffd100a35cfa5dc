import { assert, describe, it } from "@effect/vitest"
import { Redacted } from "effect"
import { parse } from "../../../src/layers/broker/BrokerUrl.ts"

describe("a broker's address", () => {
  it("has a protocol, a host, and what else it needs by default", () => {
    assert.deepInclude(parse("nats://10.0.0.1"), { protocol: "nats", host: "10.0.0.1", port: 4_222, user: null })
    assert.deepInclude(parse("amqp://rabbit.lan"), { port: 5_672, vhost: "/", name: "amqp://rabbit.lan:5672" })
    assert.deepInclude(parse("amqp://a:b@[::1]:99/games%2Fone"), { host: "::1", port: 99, vhost: "games/one" })
  })

  it("keeps its password to itself", () => {
    const url = parse("amqp://ada:s3cret%2Fpass%40@host:1")!
    assert.strictEqual(Redacted.value(url.password!), "s3cret/pass@")
    assert.strictEqual(url.user, "ada")
    assert.notInclude(JSON.stringify(url), "s3cret")
    assert.notInclude(String(url.password), "s3cret")
    assert.strictEqual(url.name, "amqp://host:1")
  })

  it("is refused where it is none", () => {
    const wrong = [
      "",
      "tcp",
      "http://host",
      "amqp://",
      "nats://host:0",
      "nats://host:70000",
      "nats://host/vhost",
      "nats://ho st",
      "amqp://a:%zz@host",
      `nats://${"x".repeat(2_000)}`
    ]
    for (const text of wrong) assert.isNull(parse(text), text)
  })
})
