/**
 * Discovery over any carrier that can send a datagram to everybody and to one: when to announce, whom to answer, who
 * subscribes.
 */
import { Effect, Mailbox, Random, type Scope, Stream } from "effect"
import type { Announcement } from "../protocol/Discovery.ts"
import { ClusterConfig } from "../services/ClusterConfig.ts"
import { CurrentGame } from "../services/CurrentGame.ts"
import type { DiscoveryService, Place } from "../services/Discovery.ts"
import { NodeIdentity } from "../services/NodeIdentity.ts"
import * as DiscoveryTable from "./DiscoveryTable.ts"

/** Announcements at the start, since datagrams get lost: milliseconds after the one before. */
const startPausesMs = [50, 100, 250]
/** The most announcements that wait for a subscriber. */
const waitingMax = 1_024

/** What carries announcements. */
export interface Carrier<Source> {
  /** This node's own address. */
  readonly address: string
  readonly broadcast: (datagram: Uint8Array) => void
  readonly reply: (datagram: Uint8Array, to: Source) => void
}

export interface DiscoveryCore<Source> {
  readonly service: DiscoveryService
  /** One datagram, whatever it is. */
  readonly receive: (datagram: Uint8Array, from: Source) => void
}

export const make = Effect.fnUntraced(function*<Source>(
  carrier: Carrier<Source>
): Effect.fn.Return<DiscoveryCore<Source>, never, Scope.Scope | NodeIdentity | ClusterConfig | CurrentGame> {
  const { name, peerId } = yield* NodeIdentity
  const { announceEveryMs, cluster } = yield* ClusterConfig
  const game = yield* CurrentGame
  const clock = yield* Effect.clock
  const table = DiscoveryTable.make({ cluster, game: game.name, peerId, name }, carrier.address, () =>
    clock.unsafeCurrentTimeNanos())
  const subscribers = new Set<Mailbox.Mailbox<Announcement>>()
  let announced: Place | null = null
  yield* Effect.addFinalizer(() => Effect.forEach(subscribers, (mailbox) => mailbox.end, { discard: true }))

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

  return {
    receive: (datagram, from) => {
      const heard = table.receive(datagram)
      if (heard.announcement === null) return
      if (heard.answer && announced !== null) {
        carrier.reply(DiscoveryTable.encode(table.own("answer", announced)), from)
      }
      for (const mailbox of subscribers) mailbox.unsafeOffer(heard.announcement)
    },
    service: {
      announce: (place) =>
        Effect.gen(function*() {
          yield* Effect.acquireRelease(
            Effect.zipRight(Effect.sync(() => announced = place), cry("announce", place)),
            () => Effect.zipRight(Effect.sync(() => announced = null), cry("bye", place))
          )
          yield* Effect.forkScoped(cryOnAndOn(place))
        }),
      announcements: Stream.unwrapScoped(Effect.gen(function*() {
        const mailbox = yield* Mailbox.make<Announcement>({ capacity: waitingMax, strategy: "sliding" })
        yield* Effect.acquireRelease(
          Effect.sync(() => {
            for (const announcement of table.newest()) mailbox.unsafeOffer(announcement)
            subscribers.add(mailbox)
          }),
          () => Effect.sync(() => subscribers.delete(mailbox))
        )
        return Mailbox.toStream(mailbox)
      })),
      places: Stream.empty,
      otherGames: Effect.sync(() => table.otherGames()),
      rejected: Effect.sync(() => table.rejected)
    }
  }
})
