/**
 * Nodes at places given by hand, for where broadcast does not reach.
 *
 * Who is at such a place is learned by dialling it. So a node dials it whatever its id; which of two connections between
 * the same nodes stays is the links' business (see LinkMesh).
 */
import { Effect, Layer, Stream } from "effect"
import { usualPorts } from "../../protocol/Ports.ts"
import { ClusterConfig } from "../../services/ClusterConfig.ts"
import { Discovery, DiscoveryError, type DiscoveryService } from "../../services/Discovery.ts"
import type * as DiscoveryCore from "./DiscoveryCore.ts"
import * as DiscoveryUdp from "./DiscoveryUdp.ts"
import * as StaticPlaces from "./StaticPlaces.ts"

export interface Options {
  /** Each `HOST:PORT` or `HOST` (see StaticPlaces). */
  readonly peers: ReadonlyArray<string>
  /** The links' usual port, for places that name none. Default: that of links over TCP. */
  readonly usualPort?: number | undefined
}

/** Adds static places to whatever else finds nodes. */
const withPlaces = Effect.fnUntraced(
  function*(service: DiscoveryService, { peers, usualPort = usualPorts.linksTcp }: Options) {
    const { announceEveryMs } = yield* ClusterConfig
    const places = yield* Effect.mapError(
      StaticPlaces.stream(peers, { everyMs: announceEveryMs, usualPort }),
      ({ detail }) => new DiscoveryError({ reason: "address", detail })
    )
    return { ...service, places: Stream.merge(service.places, places) }
  }
)

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
): Layer.Layer<Discovery, DiscoveryError, DiscoveryCore.Needs> =>
  Layer.effect(Discovery, Effect.flatMap(Discovery, (service) => withPlaces(service, options))).pipe(
    Layer.provide(DiscoveryUdp.layer(options))
  )
