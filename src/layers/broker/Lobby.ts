/**
 * A lobby, and being in one, through a broker. Nothing is kept: members say which id they hold, so a lobby that is started
 * anew gives nobody another, and whoever comes before it waits.
 */
import { Effect, type Scope, type Stream } from "effect"
import { createHash, randomUUID } from "node:crypto"
import { LobbyBook } from "../../core/LobbyBook.ts"
import { Here, lobbyBytesMax, LobbyList, type LobbyMember, type LobbyPlace } from "../../protocol/Lobby.ts"
import { jsonReader } from "../../protocol/Reading.ts"
import { Broker, type BrokerError } from "../../services/Broker.ts"
import { Subscribers } from "../queues/Subscribers.ts"

/** How often a member says that it is here, and a lobby who is. */
const everyMs = 300

const hereOf = jsonReader(Here, lobbyBytesMax)
const listOf = jsonReader(LobbyList, lobbyBytesMax)

/** Whatever a cluster is called, a subject is a word. */
const subjectOf = (what: "here" | "list", cluster: string): string =>
  `hostless.lobby.${createHash("sha256").update(cluster).digest("hex").slice(0, 16)}.${what}`

const encode = (message: Here | LobbyList): Uint8Array => new TextEncoder().encode(JSON.stringify(message))

const take = Effect.fnUntraced(function*(subject: string, receive: (datagram: Uint8Array) => void) {
  const broker = yield* Broker
  yield* Effect.acquireRelease(
    broker.subscribe(subject, { receive, undelivered: () => {} }),
    (end) => Effect.sync(end)
  )
})

export interface LobbyOptions {
  readonly cluster: string
  readonly seats: number
}

/** Runs a lobby in scope: its list, whenever it changes. */
export const run = Effect.fnUntraced(function*(
  { cluster, seats }: LobbyOptions
): Effect.fn.Return<Stream.Stream<ReadonlyArray<LobbyMember>>, BrokerError, Scope.Scope | Broker> {
  const broker = yield* Broker
  const book = new LobbyBook(seats, broker.nowMs())
  const changes = new Subscribers<ReadonlyArray<LobbyMember>>(64, "sliding")
  const subject = subjectOf("list", cluster)
  const tell = (): void => broker.publish(subject, encode({ _tag: "list", cluster, members: book.list() }), subject)
  const changed = (): void => {
    changes.publish(book.list())
    tell()
  }
  yield* take(subjectOf("here", cluster), (datagram) => {
    const here = hereOf(datagram)
    if (here !== null && here.cluster === cluster && book.hear(here, broker.nowMs())) changed()
  })
  yield* Effect.forkScoped(Effect.forever(Effect.gen(function*() {
    yield* Effect.sleep(everyMs)
    if (book.expire(broker.nowMs())) changed()
    else tell()
  })))
  return changes.stream(() => [book.list()])
})

/** What a member knows: its own place, and everybody's. */
export interface Told {
  readonly place: LobbyPlace
  readonly members: ReadonlyArray<LobbyMember>
}

/** Is in a lobby in scope; what it is told, as soon as it has a place, and whenever that changes. */
export const join = Effect.fnUntraced(function*(
  { cluster, name }: { readonly cluster: string; readonly name: string }
): Effect.fn.Return<Stream.Stream<Told>, BrokerError, Scope.Scope | Broker> {
  const broker = yield* Broker
  const key = randomUUID()
  const changes = new Subscribers<Told>(64, "sliding")
  let told: Told | null = null
  let writtenAt = ""
  const subject = subjectOf("here", cluster)
  const say = (leaves: boolean): void =>
    broker.publish(subject, encode({ _tag: "here", cluster, key, name, id: told?.place.id ?? null, leaves }), subject)
  yield* take(subjectOf("list", cluster), (datagram) => {
    const list = listOf(datagram)
    const mine = list?.cluster === cluster ? list.members.find((member) => member.key === key) : undefined
    const written = JSON.stringify(list?.members)
    if (list === null || mine === undefined || written === writtenAt) return
    writtenAt = written
    told = { place: mine.place, members: list.members }
    changes.publish(told)
  })
  yield* Effect.acquireRelease(Effect.sync(() => say(false)), () => Effect.sync(() => say(true)))
  yield* Effect.forkScoped(
    Effect.forever(Effect.zipRight(Effect.sleep(everyMs), Effect.sync(() => say(false))))
  )
  return changes.stream(() => told === null ? [] : [told])
})
