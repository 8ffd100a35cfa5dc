/** hostless' own links: over TCP, over UDP, and through brokers. */
import { Context, Effect, Layer, Stream } from "effect"
import * as BrokerTransport from "../../src/layers/broker/BrokerTransport.ts"
import * as DiscoveryBroker from "../../src/layers/broker/DiscoveryBroker.ts"
import * as PeerLinksBroker from "../../src/layers/broker/PeerLinksBroker.ts"
import * as DiscoveryStatic from "../../src/layers/discovery/DiscoveryStatic.ts"
import * as BeatChannelNone from "../../src/layers/health/BeatChannelNone.ts"
import * as NodeIdentityFresh from "../../src/layers/identity/NodeIdentityFresh.ts"
import type { LinkOptions, LinksLayer } from "../../src/layers/links/LinkPlace.ts"
import * as PeerLinksTcp from "../../src/layers/links/PeerLinksTcp.ts"
import * as PeerLinksUdp from "../../src/layers/links/PeerLinksUdp.ts"
import * as MessageQueuesBounded from "../../src/layers/queues/MessageQueuesBounded.ts"
import { BenchError } from "../../src/programs/bench/NodeProcess.ts"
import { Application } from "../../src/services/Application.ts"
import type { BeatChannel } from "../../src/services/BeatChannel.ts"
import { ClusterConfig } from "../../src/services/ClusterConfig.ts"
import type { DiscoveryError } from "../../src/services/Discovery.ts"
import { MessageQueues } from "../../src/services/MessageQueues.ts"
import type { NodeIdentity } from "../../src/services/NodeIdentity.ts"
import { type LinkError, PeerLinks } from "../../src/services/PeerLinks.ts"
import type { Channel, Mode } from "./Mode.ts"

const address = "127.0.0.1"
const linkedMs = 30_000

/** How both nodes are linked; `peers`: the other's place, where it has to be named. */
type Links = (
  peers: ReadonlyArray<string>
) => Layer.Layer<
  PeerLinks,
  LinkError | DiscoveryError,
  NodeIdentity | ClusterConfig | Application | BeatChannel | MessageQueues
>

const direct = (links: (options: LinkOptions) => LinksLayer): Links => (peers) =>
  Layer.provide(links({ address, port: 0 }), DiscoveryStatic.layer({ peers }))

const brokered = (url: string): Links => () =>
  PeerLinksBroker.layer({ address }).pipe(
    Layer.provide(DiscoveryBroker.layer({ address })),
    Layer.provide(Layer.orDie(BrokerTransport.layerOf(url)))
  )

const end = Effect.fnUntraced(function*(links: Links, name: string, peers: ReadonlyArray<string>) {
  const context = yield* Layer.build(
    Layer.fresh(links(peers)).pipe(
      Layer.provideMerge(Layer.mergeAll(
        BeatChannelNone.layer,
        Layer.fresh(MessageQueuesBounded.layer),
        Layer.fresh(NodeIdentityFresh.layer({ name })),
        ClusterConfig.layer({ cluster: "bench" }),
        Application.layer({ name: "bench", version: 1 })
      ))
    )
  ).pipe(Effect.mapError(({ detail }) => new BenchError({ detail })))
  return { links: Context.get(context, PeerLinks), queues: Context.get(context, MessageQueues) }
})

const mode = (name: string, links: Links): Mode => ({
  name,
  confirms: false,
  open: (receive) =>
    Effect.gen(function*() {
      const to = yield* end(links, "to", [])
      const from = yield* end(links, "from", [`${to.links.place.address}:${to.links.place.port}`])
      const up = yield* Stream.runHead(Stream.filter(from.links.changes, ({ _tag }) => _tag === "up")).pipe(
        Effect.timeoutFail({ duration: linkedMs, onTimeout: () => new BenchError({ detail: `No link by ${name}.` }) })
      )
      if (up._tag === "None" || up.value._tag !== "up") return yield* new BenchError({ detail: `No link by ${name}.` })
      const { peerId } = up.value.peer
      yield* Effect.forkScoped(Effect.forever(Effect.map(to.queues.take("bully"), (envelopes) => {
        for (const { message } of envelopes) if (message._tag === "probe") receive(message.nonce)
      })))
      return {
        send: (number) =>
          Effect.runPromise(Effect.asVoid(from.links.send(peerId, "bully", { _tag: "probe", nonce: number }))),
        replaceConsumer: null,
        reconnect: () => Promise.resolve()
      } satisfies Channel
    })
})

/** The two without a broker. */
export const directModes: ReadonlyArray<Mode> = [
  mode("hostless link, TCP", direct(PeerLinksTcp.layer)),
  mode("hostless link, UDP", direct(PeerLinksUdp.layer))
]

/** Through one that runs; the link goes on when it has been away. */
export const brokeredMode = (product: string, url: string): Mode => mode(`hostless link, ${product}`, brokered(url))
