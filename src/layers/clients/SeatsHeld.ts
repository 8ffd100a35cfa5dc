/**
 * The seats of this node's players: asked for until the log shows them, kept in sight, and given up when nobody plays them
 * any more. What is wanted of a seat, core/screen/HeldSeat decides.
 */
import { Clock, Deferred, Duration, Effect, type Scope, Stream, SubscriptionRef } from "effect"
import { createHash } from "node:crypto"
import type * as Room from "../../core/Room.ts"
import * as HeldSeats from "../../core/screen/HeldSeat.ts"
import type { SeatRecord } from "../../protocol/Event.ts"
import type { PeerId, SeatId, SeatToken, TokenHash } from "../../protocol/Ids.ts"
import type { RoomView } from "../../protocol/View.ts"
import { ClusterConfig } from "../../services/ClusterConfig.ts"
import { type Client, type HeldSeat, SeatError } from "../../services/GameClient.ts"
import { GameServer } from "../../services/GameServer.ts"
import { NodeIdentity } from "../../services/NodeIdentity.ts"
import { Replica } from "../../services/Replica.ts"

/** What a room keeps of a seat token. */
const hashToken = (token: SeatToken): TokenHash => createHash("sha256").update(token).digest("hex") as TokenHash

const standingAt = (self: PeerId, record: SeatRecord | undefined): HeldSeats.Standing => {
  if (record === undefined) return { _tag: "missing" }
  const { awaySince, node, seat } = record
  return { _tag: awaySince !== null ? "away" : node === self ? "here" : "elsewhere", seat }
}

interface Around {
  readonly config: ClusterConfig["Type"]
  readonly peerId: PeerId
  readonly replica: Replica["Type"]
  readonly server: GameServer["Type"]
  readonly layerScope: Scope.Scope
  /** How many hold a seat here, by token. */
  readonly holders: Map<TokenHash, number>
  /** Of views that are still to be seen, what they show. */
  readonly stateOf: (view: RoomView) => Room.RoomState | undefined
}

const take = (around: Around): Client["take"] =>
  Effect.fnUntraced(function*(room, player) {
    const { config, holders, layerScope, peerId, replica, server, stateOf } = around
    const tokenHash = hashToken(player.token)
    const record = Effect.map(
      replica.state(room),
      (state) => state?.seats.find((one) => one.tokenHash === tokenHash)
    )
    const standing = Effect.map(record, (found) => standingAt(peerId, found))
    const told = yield* SubscriptionRef.make<SeatId | null>(null)
    const gone = yield* Deferred.make<never, SeatError>()
    let held = HeldSeats.asked

    const ask = server.submit((reign) => ({
      _tag: "take-seat",
      reign,
      room,
      tokenHash,
      profile: player.profile,
      node: peerId
    }))
    // By the log, since the number may be another player's where another side of a split goes on.
    const quit = (why: "away" | "leave") =>
      Effect.flatMap(record, (found) =>
        found?.node !== peerId
          ? Effect.void
          : server.submit((reign) => ({ _tag: "quit-seat", reign, room, seat: found.seat, for: why })))
    const heed = ([next, wanted]: ReturnType<typeof HeldSeats.look>): Effect.Effect<void> => {
      held = next
      return wanted === null
        ? Effect.void
        : wanted === "ask"
        ? ask
        : wanted === "quit"
        ? quit("away")
        : SubscriptionRef.set(told, held.seat)
    }
    // A node that was out of sight finds its seats away or gone, and takes them again at once.
    const look = Effect.flatMap(standing, (stands) => heed(HeldSeats.look(held, stands, 0, 0)))

    /** Asks until the log shows the seat; every `repeatMs`, since hosts come and go. */
    const acquire = Effect.gen(function*() {
      while (true) {
        yield* look
        // Where this node hosts, the seat is there at once.
        if (held.seat === null && (yield* standing)._tag === "here") yield* look
        if (held.seat !== null) return held.seat
        yield* Effect.sleep(Duration.millis(config.repeatMs / 4))
      }
    })
    const refused = server.refusals.pipe(
      Stream.filter((refusal) => refusal.room === room && refusal.tokenHash === tokenHash),
      Stream.runHead,
      Effect.flatMap((refusal) =>
        refusal._tag === "None" ? Effect.never : Effect.fail(new SeatError({ reason: refusal.value.reason }))
      )
    )
    const seat = yield* Effect.interruptible(Effect.raceFirst(refused, acquire))
    yield* Effect.forkScoped(
      Effect.forever(Effect.zipRight(Effect.sleep(Duration.millis(config.repeatMs)), look))
    )
    const lookAtRefusal = Effect.catchAll(refused, (error) =>
      Effect.flatMap(standing, (stands) => {
        held = HeldSeats.refused(held, stands)
        return held.end === "gone" ? Deferred.fail(gone, error) : Effect.void
      }))
    yield* Effect.forkScoped(Effect.forever(lookAtRefusal))
    // In a match everybody waits for who is away: whoever comes back soon, here or at another node, never was.
    const unlessBack = Effect.suspend(() => holders.has(tokenHash) ? Effect.void : quit("away"))
    const goAway = Effect.flatMap(replica.state(room), (state) =>
      held.end === "left"
        ? Effect.void
        : state === null || state.match === null
        ? quit("away")
        : Effect.asVoid(Effect.forkIn(
          Effect.zipRight(Effect.sleep(Duration.millis(config.freezeAfterMs)), unlessBack),
          layerScope
        )))
    yield* Effect.acquireRelease(
      Effect.sync(() => holders.set(tokenHash, (holders.get(tokenHash) ?? 0) + 1)),
      () =>
        Effect.suspend(() => {
          const others = holders.get(tokenHash)! - 1
          if (others === 0) holders.delete(tokenHash)
          else holders.set(tokenHash, others)
          return goAway
        })
    )

    const submit = (of: (seat: SeatId) => Parameters<typeof server.submit>[0]): Effect.Effect<void> =>
      Effect.flatMap(standing, (stands) => stands._tag === "here" ? server.submit(of(stands.seat)) : Effect.void)
    return {
      seat,
      seats: Stream.merge(
        Stream.filter(told.changes, (one) => one !== null),
        Stream.fromEffect(Deferred.await(gone)),
        { haltStrategy: "either" }
      ),
      within: ({ view }) => stateOf(view)?.seats.find((one) => one.tokenHash === tokenHash)?.seat ?? null,
      input: (inputs) =>
        inputs.length === 0
          ? Effect.void
          : submit((mine) => (reign) => ({ _tag: "inputs", reign, room, seat: mine, inputs })),
      act: (act, ballot) => submit((mine) => (reign) => ({ _tag: "act", reign, room, seat: mine, act, ballot })),
      present: (isPresent) => Effect.suspend(() => heed(HeldSeats.present(held, isPresent))),
      leave: Effect.suspend(() => {
        held = HeldSeats.left(held)
        return quit("leave")
      })
    } satisfies HeldSeat
  })

/** `stateOf`: of views that are still to be seen, what they show. */
export const make = Effect.fnUntraced(function*(stateOf: (view: RoomView) => Room.RoomState | undefined) {
  const config = yield* ClusterConfig
  const { peerId } = yield* NodeIdentity
  const replica = yield* Replica
  const server = yield* GameServer
  const layerScope = yield* Effect.scope
  /** How many hold a seat here, by token. */
  const holders = new Map<TokenHash, number>()
  /** Seats that are this node's by the log, though nobody plays them here, and since when. */
  const orphans = new Map<TokenHash, number>()

  /**
   * That a player has left is said once, and is lost where nobody hosts just then, or where the log of another side of a
   * split goes on; then the seat would stay this node's, and its player be heard at no other.
   */
  const giveUpOrphans = Effect.gen(function*() {
    const nowMs = yield* Clock.currentTimeMillis
    const found = new Set<TokenHash>()
    for (const { room, seats } of yield* replica.rooms) {
      for (const { awaySince, node, seat, tokenHash } of seats) {
        if (node !== peerId || awaySince !== null || holders.has(tokenHash)) continue
        found.add(tokenHash)
        const since = orphans.get(tokenHash) ?? nowMs
        orphans.set(tokenHash, since)
        if (nowMs - since < config.freezeAfterMs) continue
        yield* server.submit((reign) => ({ _tag: "quit-seat", reign, room, seat, for: "away" }))
      }
    }
    for (const tokenHash of orphans.keys()) if (!found.has(tokenHash)) orphans.delete(tokenHash)
  })

  return { giveUpOrphans, take: take({ config, holders, layerScope, peerId, replica, server, stateOf }) }
})
