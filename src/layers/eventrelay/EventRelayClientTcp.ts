/** Clients of an event relay over TCP. */
import { Deferred, Effect, Layer, Stream } from "effect"
import { ClientLoop } from "../../core/eventrelay/ClientLoop.ts"
import { usualPorts } from "../../protocol/Ports.ts"
import {
  type ConnectOptions,
  EventRelayClient,
  EventRelayConnectError,
  type RelayConnection
} from "../../services/EventRelayClient.ts"
import * as TcpDialler from "./TcpDialler.ts"

const loopOf = ({ channel, host, name, perSecondMax, port }: ConnectOptions): ClientLoop =>
  new ClientLoop({ name, channel, perSecondMax }, {
    now: () => performance.now(),
    random: Math.random,
    later: (ms, run) => {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    },
    dial: TcpDialler.dial(host, port ?? usualPorts.eventRelay)
  })

const connectionOf = (loop: ClientLoop): RelayConnection => ({
  id: () => loop.id,
  send: (event, kind) => loop.send(event, kind),
  events: () => loop.events(),
  stream: Stream.asyncPush(
    (emit) =>
      Effect.acquireRelease(
        Effect.sync(() => loop.listen((event) => void (event === null ? emit.end() : emit.single(event)))),
        (stop) => Effect.sync(stop)
      ),
    { bufferSize: 1_024, strategy: "sliding" }
  ),
  askHistory: (count) => loop.askHistory(count),
  perSecond: () => loop.perSecond
})

const connect = ({ host, port = usualPorts.eventRelay, ...options }: ConnectOptions) =>
  Effect.gen(function*() {
    const first = yield* Deferred.make<void, EventRelayConnectError>()
    const loop = yield* Effect.acquireRelease(
      Effect.sync(() => loopOf({ host, port, ...options })),
      (loop) => Effect.sync(() => loop.close())
    )
    const stop = loop.listen((event) => {
      if (event?._tag === "connected") Deferred.unsafeDone(first, Effect.void)
      else if (event?._tag === "disconnected") {
        const { detail, reason } = event
        Deferred.unsafeDone(
          first,
          new EventRelayConnectError({
            reason: reason === null ? "unreachable" : "refused",
            detail: reason === null
              ? `There is no relay at ${host}:${port} (${detail}). "hostless relay" starts one.`
              : `The relay at ${host}:${port} refused this client (${reason}): ${detail}`
          })
        )
      }
    })
    yield* Effect.ensuring(Deferred.await(first), Effect.sync(stop))
    return connectionOf(loop)
  })

export const layer: Layer.Layer<EventRelayClient> = Layer.succeed(EventRelayClient, { connect })

/** A connection of a program that is no Effect program; `close` ends it. */
export interface PlainConnection extends Omit<RelayConnection, "stream"> {
  readonly close: () => void
}

/** Connects without Effect, and answers at once: `events()` tells when it is connected, or why not. */
export const open = (options: ConnectOptions): PlainConnection => {
  const loop = loopOf(options)
  const { askHistory, events, id, perSecond, send } = connectionOf(loop)
  return { askHistory, events, id, perSecond, send, close: () => loop.close() }
}
