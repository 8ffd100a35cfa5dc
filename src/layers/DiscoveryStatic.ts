/**
 * Places given by hand, for where broadcast does not reach: routed networks, containers.
 *
 * Who is at such a place is learned by dialling it. So a node dials it whatever its id; which of two connections between
 * the same nodes stays is the links' business (see LinkMesh).
 */
import { Effect, Layer, Option, Random, Stream } from "effect"
import { lookup } from "node:dns/promises"
import { ClusterConfig } from "../services/ClusterConfig.ts"
import type { CurrentGame } from "../services/CurrentGame.ts"
import { Discovery, DiscoveryError, type DiscoveryService, type Place } from "../services/Discovery.ts"
import type { NodeIdentity } from "../services/NodeIdentity.ts"
import * as DiscoveryUdp from "./DiscoveryUdp.ts"
import { defaultPort } from "./PeerLinksTcp.ts"

/** The most places; of a name with many addresses, as many as fit. */
export const placesMax = 64

export interface Options {
  /** Each `HOST:PORT` or `HOST` (then the links' usual port); a host is a name or an IPv4 address. At most `placesMax`. */
  readonly peers: ReadonlyArray<string>
}

interface HostPort {
  readonly host: string
  readonly port: number
}

/** What `HOST:PORT` says, or null. */
export const parse = (peer: string): HostPort | null => {
  const match = /^([A-Za-z0-9](?:[A-Za-z0-9._-]{0,252}))(?::(\d{1,5}))?$/.exec(peer.trim())
  if (match === null) return null
  const port = match[2] === undefined ? defaultPort : Number(match[2])
  return port >= 1 && port <= 65535 ? { host: match[1]!, port } : null
}

const parseAll = (peers: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<HostPort>, DiscoveryError> => {
  const parsed: Array<HostPort> = []
  for (const peer of peers) {
    const place = parse(peer)
    if (place === null) {
      return Effect.fail(
        new DiscoveryError({
          reason: "address",
          detail: `${JSON.stringify(peer)} is no place of a peer. Write HOST:PORT, such as 192.168.1.20:${defaultPort}.`
        })
      )
    }
    parsed.push(place)
  }
  if (parsed.length > placesMax) {
    return Effect.fail(new DiscoveryError({ reason: "address", detail: `More than ${placesMax} places of peers.` }))
  }
  return Effect.succeed(parsed)
}

/** All IPv4 addresses of a name. None where it is not known now: it may be later. */
const resolve = ({ host, port }: HostPort): Effect.Effect<ReadonlyArray<Place>> =>
  Effect.tryPromise(() => lookup(host, { family: 4, all: true })).pipe(
    Effect.map((found) => found.map(({ address }): Place => ({ address, port }))),
    Effect.catchAll((error) =>
      Effect.as(Effect.logDebug("name not resolved", { host, detail: String(error.cause) }), [])
    )
  )

/** The places, at once and then about every `everyMs`, resolved anew each time. */
const places = (peers: ReadonlyArray<HostPort>, everyMs: number): Stream.Stream<Place> =>
  Stream.paginateEffect(0, (round) =>
    Effect.gen(function*() {
      if (round > 0) yield* Effect.sleep(everyMs * (yield* Random.nextRange(0.8, 1.2)))
      const found = yield* Effect.forEach(peers, resolve, { concurrency: 8 })
      return [found.flat().slice(0, placesMax), Option.some(1)] as const
    })).pipe(Stream.flattenIterables)

/** Adds static places to whatever else finds nodes. */
const withPlaces = Effect.fnUntraced(function*(service: DiscoveryService, { peers }: Options) {
  const { announceEveryMs } = yield* ClusterConfig
  const parsed = yield* parseAll(peers)
  return parsed.length === 0
    ? service
    : { ...service, places: Stream.merge(service.places, places(parsed, announceEveryMs)) }
})

const alone: DiscoveryService = {
  announce: () => Effect.void,
  announcements: Stream.never,
  places: Stream.empty,
  otherGames: Effect.succeed([]),
  rejected: Effect.succeed(0)
}

/** Static places only; nothing is broadcast. DiscoveryError where one is not `HOST:PORT`. */
export const layer = (options: Options): Layer.Layer<Discovery, DiscoveryError, ClusterConfig> =>
  Layer.effect(Discovery, withPlaces(alone, options))

/** Broadcast and static places together. */
export const layerWithUdp = (
  options: Options & DiscoveryUdp.Options
): Layer.Layer<Discovery, DiscoveryError, NodeIdentity | ClusterConfig | CurrentGame> =>
  Layer.effect(Discovery, Effect.flatMap(Discovery, (service) => withPlaces(service, options))).pipe(
    Layer.provide(DiscoveryUdp.layer(options))
  )
