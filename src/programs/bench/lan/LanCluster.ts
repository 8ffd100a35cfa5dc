/**
 * The cluster that every scenario is played on: real nodes in namespaces, one network, and what is waited for.
 */
import { Effect } from "effect"
import type { Status } from "../../../protocol/Status.ts"
import * as BenchCluster from "../BenchCluster.ts"
import * as Lineage from "../Lineage.ts"
import * as NodeProcess from "../NodeProcess.ts"
import * as LanNetwork from "./LanNetwork.ts"

export interface LanCluster extends BenchCluster.BenchCluster {
  readonly network: LanNetwork.LanNetwork
  readonly quorum: boolean
  /** The status of one node, or null when it does not answer. */
  readonly lookAt: (place: number) => Effect.Effect<Status | null>
}

/** With a quorum every node keeps a data directory: who is killed comes back as the member that it was. */
export const make = Effect.fnUntraced(function*(count: number, quorum: boolean) {
  const network = yield* LanNetwork.make(count)
  const cluster = yield* BenchCluster.make(count, {
    ground: network.ground,
    more: (index, directory) => quorum ? ["--quorum", "--data-dir", `${directory}/node-${index + 1}`] : []
  })
  return {
    ...cluster,
    network,
    quorum,
    lookAt: (place) => Effect.suspend(() => NodeProcess.status(cluster.nodes()[place]!))
  } satisfies LanCluster as LanCluster
})

/**
 * Milliseconds until all of these nodes follow one host, under a reign above `epoch` if that is given, and play goes on at
 * each of them; and how they are then.
 */
export const untilOneHost = Effect.fnUntraced(function*(
  cluster: LanCluster,
  places: ReadonlyArray<number>,
  what: string,
  epoch = -1
) {
  const began = performance.now()
  const goesOn = Lineage.goingOn()
  const statuses = yield* NodeProcess.until(
    Effect.map(Effect.forEach(places, cluster.lookAt, { concurrency: "unbounded" }), (all) => {
      const known = all.filter((status) => status !== null)
      const playing = known.filter(goesOn)
      return playing.length === all.length && isOneHost(known) && known[0]!.epoch! > epoch ? known : null
    }),
    what,
    { everyMs: 20 }
  )
  return { ms: performance.now() - began, statuses }
})

const isOneHost = (all: ReadonlyArray<Status>): boolean =>
  all.every(({ epoch, host }) => host !== null && host === all[0]!.host && epoch === all[0]!.epoch)
  && all.some(({ peerId, role }) => role === "host" && peerId === all[0]!.host)

export const hostOf = (statuses: ReadonlyArray<Status>): number => statuses.findIndex(({ role }) => role === "host")

/** All places but these. */
export const others = (cluster: LanCluster, places: ReadonlyArray<number>): ReadonlyArray<number> =>
  cluster.nodes().map((_, place) => place).filter((place) => !places.includes(place))
