/** Whom to dial, and when: higher nodes that Discovery announces, and places of nobody knows whom. */
import { Effect, FiberMap, Random, type Scope, Stream } from "effect"
import type { Announcement } from "../../protocol/Discovery.ts"
import type { PeerId } from "../../protocol/Ids.ts"
import type { DiscoveryService, Place } from "../../services/Discovery.ts"
import type { DialOutcome, Link, LinkEnd, Wire } from "./Link.ts"
import type { ManagedMesh } from "./LinkMesh.ts"
import { handshakeTimeoutMs } from "./LinkProtocol.ts"

/** The first and the longest pause between two dials, in milliseconds. Halved to doubled by chance. */
const backoffStartMs = 50
const backoffMaxMs = 2_000
/** Who is told to come later waits as after so many failures. */
const laterAttempt = 2
/** How long a node is dialled that is not heard of any more, in milliseconds. */
const forgetAfterMs = 10_000
/** The most nodes and places that are dialled at a time. */
const targetsMax = 256

/** How a transport makes connections. */
export interface Transport<Connection> {
  /** Calls one of the two, once, unless it is given up before, which what it returns does. */
  readonly connect: (
    place: Place,
    connected: (connection: Connection) => void,
    failed: (detail: string) => void
  ) => () => void
  readonly wire: (connection: Connection, end: LinkEnd) => Wire
}

interface Target {
  place: Place
  readonly expected: PeerId | null
  heardAtNanos: bigint
  /** Whom the place led to the last time. */
  found: PeerId | null
  /** Opened when the target is heard of again: no use in waiting any longer. */
  readonly heard: Effect.Latch
}

/** One attempt: a connection and its handshake. */
const attempt = <Connection>(
  { attach, mesh }: ManagedMesh,
  { connect, wire }: Transport<Connection>,
  place: Place,
  expected: PeerId | null
): Effect.Effect<DialOutcome> =>
  Effect.async<DialOutcome>((resume) => {
    let link: Link | null = null
    const giveUp = connect(
      place,
      (connection) => {
        const settled = (outcome: DialOutcome) => resume(Effect.succeed(outcome))
        link = attach("dialer", expected, (end) => wire(connection, end), settled)
      },
      (detail) => resume(Effect.succeed({ _tag: "failed", detail }))
    )
    return Effect.sync(() => {
      giveUp()
      if (link !== null) mesh.abort(link)
    })
  }).pipe(
    Effect.timeoutTo({
      duration: handshakeTimeoutMs,
      onSuccess: (outcome) => outcome,
      onTimeout: (): DialOutcome => ({ _tag: "failed", detail: "no answer" })
    })
  )

/** Dials as long as the scope is open. */
export const run = Effect.fnUntraced(function*<Connection>(
  managed: ManagedMesh,
  discovery: DiscoveryService,
  transport: Transport<Connection>
): Effect.fn.Return<void, never, Scope.Scope> {
  const { mesh } = managed
  const clock = yield* Effect.clock
  const now = () => clock.unsafeCurrentTimeNanos()
  const targets = new Map<string, Target>()
  const dials = yield* FiberMap.make<string>()

  const satisfied = (target: Target): boolean => {
    const peerId = target.expected ?? target.found
    return peerId !== null && (peerId === mesh.peerId || mesh.linked(peerId))
  }
  const forgotten = (target: Target): boolean => now() - target.heardAtNanos > BigInt(forgetAfterMs) * 1_000_000n

  const pause = (target: Target, attempts: number): Effect.Effect<void> =>
    Effect.flatMap(Random.nextRange(0.5, 1), (chance) => {
      const ms = Math.min(backoffStartMs * 2 ** Math.min(attempts, 10), backoffMaxMs) * chance
      target.heard.unsafeClose()
      return Effect.timeoutOption(target.heard.await, ms)
    })

  const dialUntilLinked = Effect.fnUntraced(function*(key: string, target: Target) {
    for (let attempts = 0; !satisfied(target); attempts++) {
      if (forgotten(target)) {
        targets.delete(key)
        return
      }
      const waitMs = target.expected === null ? 0 : mesh.putOffMs(target.expected)
      if (waitMs > 0) {
        yield* Effect.sleep(waitMs)
        continue
      }
      if (target.expected === null || !mesh.beingDialledBy(target.expected)) {
        const outcome = yield* attempt(managed, transport, target.place, target.expected)
        if (outcome._tag === "up" || outcome._tag === "refused") target.found = outcome.peerId ?? target.found
        if (outcome._tag === "up") {
          // Another node has the place of the one that was expected: that one will announce where it is now.
          if (target.expected !== null && outcome.peerId !== target.expected) targets.delete(key)
          return
        }
        if (outcome._tag === "refused" && outcome.refusal.reason === "self") target.found = mesh.peerId
        const why = outcome._tag === "refused" ? outcome.refusal : outcome
        yield* Effect.logDebug("dial failed", { ...target.place, peerId: target.expected, detail: why.detail })
        // The other side's pause is short, and runs already.
        if (outcome._tag === "refused" && outcome.refusal.reason === "later") {
          attempts = Math.min(attempts, laterAttempt)
        }
      }
      yield* pause(target, attempts)
    }
  })

  const hear = (key: string, place: Place, expected: PeerId | null): Effect.Effect<void> => {
    let target = targets.get(key)
    if (target === undefined) {
      for (const [old, { heardAtNanos }] of targets) {
        if (targets.size < targetsMax && now() - heardAtNanos < BigInt(forgetAfterMs) * 1_000_000n) continue
        if (!FiberMap.unsafeHas(dials, old)) targets.delete(old)
      }
      if (targets.size >= targetsMax) return Effect.void
      target = { place, expected, heardAtNanos: now(), found: null, heard: Effect.unsafeMakeLatch(false) }
      targets.set(key, target)
    }
    target.place = place
    target.heardAtNanos = now()
    target.heard.unsafeOpen()
    return satisfied(target)
      ? Effect.void
      : Effect.asVoid(FiberMap.run(dials, key, dialUntilLinked(key, target), { onlyIfMissing: true }))
  }

  const onAnnouncement = ({ address, kind, peerId, port }: Announcement): Effect.Effect<void> => {
    if (peerId <= mesh.peerId) return Effect.void
    if (kind !== "bye") return hear(peerId, { address, port }, peerId)
    targets.delete(peerId)
    return FiberMap.remove(dials, peerId)
  }

  const onPlace = (place: Place): Effect.Effect<void> =>
    place.address === mesh.place.address && place.port === mesh.place.port
      ? Effect.void
      : hear(`${place.address}:${place.port}`, place, null)

  const redial = (peerId: PeerId, afterMs: number): Effect.Effect<void> =>
    Effect.forEach(
      Array.from(targets).filter(([, target]) => (target.expected ?? target.found) === peerId),
      ([key, target]) =>
        FiberMap.run(dials, key, Effect.delay(dialUntilLinked(key, target), afterMs), { onlyIfMissing: true }),
      { discard: true }
    )

  yield* Effect.forkScoped(Stream.runForEach(discovery.announcements, onAnnouncement))
  yield* Effect.forkScoped(Stream.runForEach(discovery.places, onPlace))
  // Not at once: whose link just ended is rarely back the same moment, and there may be a host to replace first.
  // Who left is dialled like any other: its farewell takes it off the list, unless it has come again since.
  yield* mesh.service().watch((change) => change._tag === "up" ? Effect.void : redial(change.peerId, backoffStartMs))
  yield* mesh.watchRenewals((peerId) => redial(peerId, 0))
})
