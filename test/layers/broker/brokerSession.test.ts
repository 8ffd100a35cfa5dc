/** What a session promises while its connection dies: nobody waits in a way that keeps it from being noticed. */
import { assert, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { type BrokerDriver, type DriverEvents, lost } from "../../../src/layers/broker/BrokerDriver.ts"
import * as BrokerSession from "../../../src/layers/broker/BrokerSession.ts"

const turn = Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void)))

/** Far more than anybody needs; without end this test would have none. */
const attemptsMax = 1_000

it.scopedLive("whoever subscribes while a connection ends waits for the next one, and lets it come", () =>
  Effect.gen(function*() {
    let attempts = 0
    const connections: Array<{ readonly events: DriverEvents; dead: boolean }> = []
    const driver: BrokerDriver = {
      name: "a broker",
      connect: Effect.fnUntraced(function*(events) {
        const connection = { events, dead: false }
        connections.push(connection)
        // As a real one: what was published last is written before it closes.
        yield* Effect.addFinalizer(() => turn)
        return {
          publish: (to, datagram, from) => {
            if (!connection.dead) events.receive(to, datagram, from)
          },
          subscribe: () => {
            if (!connection.dead) return Effect.void
            return ++attempts > attemptsMax
              ? Effect.dieMessage("it tries without end")
              : Effect.tryPromise({ try: () => Promise.reject(new Error()), catch: () => lost("closed") })
          },
          unsubscribe: () => {},
          isTaken: () => Effect.succeed(false)
        }
      })
    }
    const { broker } = yield* BrokerSession.make(driver)
    const [first] = connections
    first!.dead = true
    const subscriber = yield* Effect.fork(broker.subscribe("x", { receive: () => {}, undelivered: () => {} }))
    yield* Effect.yieldNow()
    first!.events.lost(lost("closed"))
    yield* Fiber.join(subscriber)
    assert.lengthOf(connections, 2)
    // What the first one says late is of no account.
    first!.events.lost(lost("closed, too"))
    yield* broker.subscribe("y", { receive: () => {}, undelivered: () => {} })
    assert.lengthOf(connections, 2)
    assert.isBelow(attempts, 10)
  }))
