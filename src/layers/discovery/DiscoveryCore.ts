/** Discovery over whatever carries a datagram to all and to one: when to announce, whom to answer. */
import { Effect, Random, Stream } from "effect"
import type { Announcement } from "../../protocol/Discovery.ts"
import { Application } from "../../services/Application.ts"
import { ClientPort } from "../../services/ClientPort.ts"
import { ClusterConfig } from "../../services/ClusterConfig.ts"
import type { DiscoveryService, Place } from "../../services/Discovery.ts"
import { NodeIdentity } from "../../services/NodeIdentity.ts"
import { Subscribers } from "../queues/Subscribers.ts"
import * as DiscoveryTable from "./DiscoveryTable.ts"

/** Announcements at the start, since datagrams get lost: milliseconds after the one before. */
const startPausesMs = [50, 100, 250]
/** The most announcements that wait for a subscriber. */
const waitingMax = 1_024

/** What carries announcements. */
export interface Carrier<Source> {
  readonly address: string
  readonly broadcast: (datagram: Uint8Array) => void
  readonly reply: (datagram: Uint8Array, to: Source) => void
}

/** Whom a node announces itself as. */
export type Needs = NodeIdentity | ClusterConfig | Application

export const make = Effect.fnUntraced(function*<Source>(carrier: Carrier<Source>) {
  const { name, peerId } = yield* NodeIdentity
  const { announceEveryMs, cluster } = yield* ClusterConfig
  const application = yield* Application
  const clock = yield* Effect.clock
  const table = new DiscoveryTable.DiscoveryTable(
    { cluster, game: application.name, peerId, name, clientPort: yield* ClientPort },
    carrier.address,
    () => clock.unsafeCurrentTimeNanos()
  )
  const subscribers = new Subscribers<Announcement>(waitingMax, "sliding")
  let announced: Place | null = null
  yield* Effect.addFinalizer(() => Effect.sync(() => subscribers.end()))

  const cry = (kind: Announcement["kind"], place: Place): Effect.Effect<void> =>
    Effect.sync(() => carrier.broadcast(DiscoveryTable.encode(table.own(kind, place))))

  const cryOnAndOn = Effect.fnUntraced(function*(place: Place) {
    for (const ms of startPausesMs) {
      yield* Effect.sleep(ms)
      yield* cry("announce", place)
    }
    for (;;) {
      yield* Effect.sleep(announceEveryMs * (yield* Random.nextRange(0.8, 1.2)))
      yield* cry("announce", place)
    }
  })

  /** One datagram, whatever it is. */
  const receive = (datagram: Uint8Array, from: Source): void => {
    const heard = table.receive(datagram)
    if (heard.answer && announced !== null) {
      carrier.reply(DiscoveryTable.encode(table.own("answer", announced)), from)
    }
    if (heard.announcement !== null) subscribers.publish(heard.announcement)
  }
  const service: DiscoveryService = {
    announce: (place) =>
      Effect.gen(function*() {
        yield* Effect.acquireRelease(
          Effect.zipRight(Effect.sync(() => announced = place), cry("announce", place)),
          () => Effect.zipRight(Effect.sync(() => announced = null), cry("bye", place))
        )
        yield* Effect.forkScoped(cryOnAndOn(place))
      }),
    announcements: subscribers.stream(() => table.newest()),
    places: Stream.empty,
    otherGames: Effect.sync(() => table.otherGames()),
    rejected: Effect.sync(() => table.rejected)
  }
  return { receive, service }
})
