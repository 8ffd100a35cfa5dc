/**
 * Takes thin clients over UDP: the messages of a page, what must not be missed by the stream and views by the newest-wins
 * channel. The port is bound early, so that peers can be told of it before there is a game.
 */
import { Context, Effect, Layer, type Scope } from "effect"
import { FrameError, frameOf, FrameSplitter, strangerBodyBytesMax } from "../../protocol/Frame.ts"
import { usualPorts } from "../../protocol/Ports.ts"
import { ClientGateway, ClientGatewayError } from "../../services/ClientGateway.ts"
import { ClientPort } from "../../services/ClientPort.ts"
import { Screens } from "../../services/Screens.ts"
import { linkError } from "../links/LinkPlace.ts"
import * as DatagramsDgram from "../udp/DatagramsDgram.ts"
import type { UdpConnection } from "../udp/UdpConnection.ts"
import * as UdpEndpoint from "../udp/UdpEndpoint.ts"
import { atOnce } from "./Screen.ts"

/** The key of the newest-wins channel that views go by. */
const viewKey = 0

/** The endpoint that takes thin clients. */
export class ClientEndpoint extends Context.Tag("hostless/ClientEndpoint")<ClientEndpoint, UdpEndpoint.UdpEndpoint>() {}

export interface Options {
  /** One of this machine's IPv4 addresses. */
  readonly address: string
  /** The port, exactly; 0: any free one. Default: 50020, or any free one where that is taken. */
  readonly port?: number | undefined
}

/** Binds the port, and has peers and whoever looks for servers told of it. ClientGatewayError where it cannot be had. */
export const endpointLayer = (
  { address, port }: Options
): Layer.Layer<ClientEndpoint | ClientPort, ClientGatewayError> =>
  endpointLayerOn(
    Effect.flatMap(DatagramsDgram.make, (datagrams) =>
      UdpEndpoint.make(datagrams, {
        address,
        port,
        defaultPort: usualPorts.clients,
        dialFrom: UdpEndpoint.dialFrom(address),
        connected: false
      })).pipe(Effect.mapError((error) => {
        const { detail, reason } = linkError("UDP", { address, port }, error)
        return new ClientGatewayError({ reason, detail })
      }))
  )

/** The same, of an endpoint over any datagrams. */
export const endpointLayerOn = (
  endpoint: Effect.Effect<UdpEndpoint.UdpEndpoint, ClientGatewayError, Scope.Scope>
): Layer.Layer<ClientEndpoint | ClientPort, ClientGatewayError> =>
  Layer.effect(ClientPort, Effect.map(ClientEndpoint, ({ place }) => place.port)).pipe(
    Layer.provideMerge(Layer.scoped(ClientEndpoint, endpoint))
  )

const make = Effect.gen(function*() {
  const endpoint = yield* ClientEndpoint
  const screens = yield* Screens
  let count = 0

  const take = (connection: UdpConnection): void => {
    // Without a handler it ends.
    if (screens.isFull()) return
    const splitter = new FrameSplitter(strangerBodyBytesMax)
    let isGone = false
    const gone = (): void => {
      if (isGone) return
      isGone = true
      count -= 1
      screen.gone()
    }
    const screen = screens.attach({
      isOpen: () => !connection.isOver && !connection.isEnding,
      bufferedBytes: () => connection.queuedBytes,
      send: (body) => connection.write(frameOf(body)),
      sendNewest: (body) => {
        if (!connection.post(viewKey, body)) connection.write(frameOf(body))
      },
      // It is asked all the time: a connection that is silent ends by itself.
      ask: () => {},
      end: (why) => {
        if (atOnce.has(why)) connection.destroy()
        else connection.end()
        // Not within what it is just being told.
        endpoint.after(0, gone)
      }
    })
    count += 1
    connection.handler = {
      receive: (chunk) => {
        try {
          for (const body of splitter.push(chunk)) screen.receive(body)
        } catch (error) {
          if (!(error instanceof FrameError)) throw error
          screen.broke()
          connection.destroy()
          gone()
        }
      },
      message: (_key, body) => screen.receive(body),
      drained: screen.drained,
      ended: () => {
        connection.destroy()
        gone()
      }
    }
  }
  yield* Effect.acquireRelease(
    Effect.sync(() => endpoint.listen(take)),
    // Who comes now is turned away.
    () => Effect.sync(() => endpoint.listen(() => {}))
  )
  return ClientGateway.of({
    place: endpoint.place,
    count: Effect.sync(() => count),
    rejected: Effect.sync(() => endpoint.rejectedCount)
  })
})

export const layer: Layer.Layer<ClientGateway, never, ClientEndpoint | Screens> = Layer.scoped(ClientGateway, make)
