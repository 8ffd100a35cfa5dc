/**
 * `GameServer`: while this node hosts, it brings all logs to the same end (sync), then numbers events and replicates them.
 */
import { Clock, Duration, Effect, Either, Layer, PubSub, Random, Schema, Stream } from "effect"
import { InputBuffer } from "../core/InputBuffer.ts"
import * as Room from "../core/Room.ts"
import type { AppliedInput, Event, Head } from "../protocol/Event.ts"
import type { PeerId, RoomId, Seq } from "../protocol/Ids.ts"
import { RoomId as RoomIdSchema } from "../protocol/Ids.ts"
import type { InputMessage, SeatRefused } from "../protocol/Input.ts"
import { equals, ref, type ReignRef } from "../protocol/Reign.ts"
import type { ProgressMessage } from "../protocol/Replication.ts"
import { ClusterConfig } from "../services/ClusterConfig.ts"
import { CurrentGame } from "../services/CurrentGame.ts"
import { Election, type Standing } from "../services/Election.ts"
import { FailureDetector } from "../services/FailureDetector.ts"
import { GameServer } from "../services/GameServer.ts"
import { MessageQueues } from "../services/MessageQueues.ts"
import { NodeIdentity } from "../services/NodeIdentity.ts"
import { PeerLinks } from "../services/PeerLinks.ts"
import { Replica } from "../services/Replica.ts"
import { Stalls } from "../services/Stalls.ts"
import { Hosting } from "./Hosting.ts"

type MessageOf<M, T> = Extract<M, { readonly _tag: T }>

/** The room that is there from the start. */
export const mainRoom = RoomIdSchema.make("main")

/** A suspected peer's seats are given up for absent after this long without a recovery. */
const absentAfterMs = 1_000
/** A room without any seat is closed after this long; the main room stays. */
const emptyRoomMs = 60_000
/** How long a sync waits for the answers of suspected peers. */
const suspectsAskedMs = 300
/** Ticks that a host may be behind before it lets the rest go. */
const ticksBehindMax = 8

export const layer = Layer.scoped(
  GameServer,
  Effect.gen(function*() {
    const config = yield* ClusterConfig
    const game = yield* CurrentGame
    const identity = yield* NodeIdentity
    const election = yield* Election
    const links = yield* PeerLinks
    const queues = yield* MessageQueues
    const detector = yield* FailureDetector
    const replica = yield* Replica
    const stalls = yield* Stalls
    const clock = yield* Clock.clockWith(Effect.succeed)
    const nowMs = () => Number(clock.unsafeCurrentTimeNanos()) / 1e6

    const { store } = replica.ordering
    const periodMs = 1000 / game.tickRate
    const seatKeptTicks = Math.round(config.seatKeptMs / periodMs)
    const decodeInput = Schema.decodeUnknownEither(game.Input)
    const refusals = yield* PubSub.sliding<SeatRefused>(64)
    const counters = { inputsDuplicate: 0, inputsInvalid: 0 }
    const buffers = new Map<RoomId, InputBuffer>()
    const emptySince = new Map<RoomId, number>()
    /** Since when a node with seats was not live here. */
    const absentSince = new Map<PeerId, number>()
    let offered: ReignRef | null = null
    let hosting: Hosting | null = null
    /** The last reign of this node under which all logs were brought to the same end. */
    let synced: ReignRef | null = null
    /** Open while there is something to tick. */
    const running = yield* Effect.makeLatch(false)
    /** What changes the rooms does so one after the other: an event must reach the wire before the next one is numbered. */
    const mutex = yield* Effect.makeSemaphore(1)
    const alone = mutex.withPermits(1)

    const livePeers = Effect.map(
      detector.health,
      (health) => [...health.values()].filter((peer) => peer.state === "up").map((peer) => peer.peerId)
    )

    // ---------------------------------------------------------------- ordering

    const bufferOf = (room: RoomId): InputBuffer => {
      let buffer = buffers.get(room)
      if (buffer === undefined) buffers.set(room, buffer = new InputBuffer())
      return buffer
    }

    type Draft = Event extends infer E ? E extends Event ? Omit<E, "seq"> : never : never

    /** Numbers the events, folds them here and replicates them. */
    const order = (mine: Hosting, room: RoomId, drafts: ReadonlyArray<Draft>): Effect.Effect<void> => {
      const events: Array<Event> = []
      for (const draft of drafts) {
        const event = { ...draft, seq: ((store.get(room)?.state.seq ?? 0) + 1) as Seq } as Event
        if (typeof store.append(room, event, mine.reign) === "string") break
        replica.ordering.folded(room, event, mine.reign)
        events.push(event)
      }
      if (events.length === 0) return Effect.void
      const state = store.get(room)!.state
      const digest = state.seq % config.digestEvery === 0 ? { seq: state.seq, hash: Room.hash(state) } : null
      const shown = mine.quorum === null ? state.seq : mine.shownSeq(room, state.seq, nowMs())
      const sent = links.broadcast(mine.followers.keys(), "replication", {
        _tag: "events",
        reign: mine.reign,
        room,
        events,
        shown,
        digest
      })
      return Effect.zipRight(sent, Effect.sync(() => showWhatIsHeld(mine, room)))
    }

    /** Screens of this node see a tick once it is held elsewhere as well; with a quorum, so do all others. */
    const showWhatIsHeld = (mine: Hosting, room: RoomId): boolean => {
      const state = store.get(room)?.state
      if (state === undefined) return false
      const shown = mine.shownSeq(room, state.seq, nowMs())
      if (shown <= (store.get(room)?.shown?.seq ?? 0)) return false
      replica.ordering.show(room, shown, mine.reign.epoch)
      return true
    }

    const tickRoom = Effect.fnUntraced(function*(mine: Hosting, room: RoomId, now: number) {
      const state = store.get(room)?.state
      if (state === undefined || state.ended) return
      const drafts: Array<Draft> = []
      for (const record of state.seats) {
        const away = record.awaySince !== null
        if (away && state.clock - record.awaySince >= seatKeptTicks) drafts.push({ _tag: "left", seat: record.seat })
        else if (!away && now - (absentSince.get(record.node) ?? now) >= absentAfterMs) {
          drafts.push({ _tag: "away", seat: record.seat })
        }
      }
      if (state.seats.length > 0 || room === mainRoom) emptySince.delete(room)
      else if (!emptySince.has(room)) emptySince.set(room, now)
      else if (now - emptySince.get(room)! >= emptyRoomMs) {
        emptySince.delete(room)
        buffers.delete(room)
        return yield* order(mine, room, [{ _tag: "ended" }])
      }
      const inputs: ReadonlyArray<AppliedInput> = buffers.get(room)?.take(config.inputsPerTick) ?? []
      drafts.push({ _tag: "tick", inputs })
      yield* order(mine, room, drafts)
    })

    const watchAbsence = Effect.fnUntraced(function*(now: number) {
      const health = yield* detector.health
      const nodes = new Set<PeerId>()
      for (const id of store.ids()) for (const record of store.get(id)!.state.seats) nodes.add(record.node)
      for (const node of nodes) {
        const state = node === identity.peerId ? "up" : health.get(node)?.state
        if (state === "up") absentSince.delete(node)
        else if (!absentSince.has(node)) absentSince.set(node, state === "suspect" ? now : now - absentAfterMs)
      }
      for (const node of absentSince.keys()) if (!nodes.has(node)) absentSince.delete(node)
    })

    const tick = Effect.fnUntraced(function*(mine: Hosting) {
      const now = nowMs()
      yield* watchAbsence(now)
      for (const room of store.ids()) yield* tickRoom(mine, room, now)
    })

    const tickLoop = Effect.gen(function*() {
      while (true) {
        const mine = hosting
        if (mine === null || !mine.running) {
          yield* running.close
          yield* running.await
          continue
        }
        const wait = mine.nextTickAt - nowMs()
        if (wait > 0.5) {
          yield* Effect.sleep(Duration.millis(wait))
          continue
        }
        // A host that lost time asks before it ticks on: the election has noticed too, and stops it.
        const stallEnd = yield* stalls.lastEnd
        if (stallEnd > mine.knownStall) {
          mine.knownStall = stallEnd
          yield* Effect.yieldNow()
          if ((yield* livePeers).length > 0) yield* Effect.sleep(Duration.millis(1))
          mine.nextTickAt = nowMs()
          continue
        }
        if (hosting !== mine || (yield* election.standing).role !== "host") {
          yield* Effect.sleep(Duration.millis(1))
          continue
        }
        yield* alone(tick(mine))
        mine.nextTickAt += periodMs
        if (nowMs() - mine.nextTickAt > ticksBehindMax * periodMs) mine.nextTickAt = nowMs()
        yield* Effect.yieldNow()
      }
    })

    // ---------------------------------------------------------------- sync

    const askSync = (mine: Hosting, peers: ReadonlyArray<PeerId>) =>
      Effect.suspend(() => {
        for (const peer of peers) if (!mine.expected.has(peer)) mine.expected.set(peer, nowMs())
        return links.broadcast(peers, "sync", { _tag: "sync-request", reign: mine.reign })
      })

    /**
     * Peers whose answer a sync waits for: the live ones, and for a while those that are only suspected: an overloaded
     * node may hold what nobody else does. The host that is deposed for its silence is not waited for.
     */
    const stillAsked = (mine: Hosting) =>
      Effect.map(
        detector.health,
        (health) =>
          [...health.values()].filter((peer) =>
            peer.state === "up" || (peer.peerId !== mine.deposed && nowMs() - mine.since < suspectsAskedMs)
          ).map((peer) => peer.peerId)
      )

    /** Once every live peer has answered: takes the log that goes furthest, then goes on from it. */
    const settleSync = Effect.fnUntraced(function*(mine: Hosting) {
      if (mine.running || !mine.accepted || hosting !== mine) return
      const live = yield* livePeers
      if ((yield* stillAsked(mine)).some((peer) => !mine.answers.has(peer))) return
      // Each turn either fetches, or gives up on one peer's answer: at most one turn a peer.
      for (let ahead = mine.ahead(store); ahead !== null; ahead = mine.ahead(store)) {
        if (live.includes(ahead.peer)) {
          yield* links.send(ahead.peer, "sync", { _tag: "sync-fetch", reign: mine.reign, room: ahead.room })
          return
        }
        mine.answers.delete(ahead.peer)
      }
      yield* begin(mine)
    })

    const begin = Effect.fnUntraced(function*(mine: Hosting) {
      mine.running = true
      synced = mine.reign
      const lastTickAt = replica.ordering.lastTickAt()
      mine.nextTickAt = lastTickAt === null ? nowMs() : Math.max(nowMs(), lastTickAt + periodMs)
      for (const [peer, heads] of mine.answers) yield* activate(mine, peer, heads)
      if (store.get(mainRoom) === undefined) {
        const seed = yield* Random.nextIntBetween(0, 0xffffffff)
        yield* order(mine, mainRoom, [{ _tag: "opened", room: mainRoom, seed }])
      }
      for (const room of store.ids()) {
        if (!equals(store.get(room)!.state.reign, mine.reign)) {
          yield* order(mine, room, [{ _tag: "reigned", reign: mine.reign, cause: mine.cause }])
        }
      }
      yield* running.open
    })

    /** Brings a peer that has told its heads to the end of all logs; from then on it gets everything. */
    const activate = Effect.fnUntraced(function*(mine: Hosting, peer: PeerId, heads: ReadonlyArray<Head>) {
      mine.followers.set(peer, new Map())
      for (const room of store.ids()) {
        const head = heads.find((one) => one.room === room)
        yield* catchUp(mine, peer, room, head)
      }
    })

    const catchUp = Effect.fnUntraced(function*(mine: Hosting, peer: PeerId, room: RoomId, head: Head | undefined) {
      const stored = store.get(room)
      if (stored === undefined) return
      const events = head === undefined ? null : stored.recent.after(head)
      if (events !== null && head !== undefined) {
        mine.holds(peer, room, head.seq)
        if (events.length === 0) return
        return yield* links.send(peer, "replication", {
          _tag: "events",
          reign: mine.reign,
          room,
          events,
          shown: mine.quorum === null ? stored.state.seq : mine.shownSeq(room, stored.state.seq, nowMs()),
          digest: null
        })
      }
      yield* sendSnapshot(mine, peer, room, head === undefined ? "join" : "lag")
    })

    const sendSnapshot = (mine: Hosting, peer: PeerId, room: RoomId, why: "join" | "lag" | "differs") => {
      const state = store.get(room)?.state
      if (state === undefined) return Effect.void
      return links.send(peer, "replication", {
        _tag: "snapshot",
        reign: mine.reign,
        snapshot: state,
        shown: mine.quorum === null ? state.seq : mine.shownSeq(room, state.seq, nowMs()),
        why
      })
    }

    const onProgress = Effect.fnUntraced(function*(from: PeerId, message: ProgressMessage) {
      const mine = hosting
      if (mine === null || !equals(mine.reign, message.reign)) return
      switch (message._tag) {
        case "sync-answer":
          mine.answers.set(from, message.heads)
          if (mine.running) {
            if (!mine.followers.has(from)) yield* activate(mine, from, message.heads)
          } else yield* settleSync(mine)
          return
        case "sync-state":
          return yield* onSyncState(mine, from, message)
        case "held":
          if (mine.followers.has(from)) {
            mine.holds(from, message.room, message.seq)
            if (showWhatIsHeld(mine, message.room) && mine.quorum !== null) {
              yield* links.broadcast(mine.followers.keys(), "replication", {
                _tag: "shown",
                reign: mine.reign,
                room: message.room,
                seq: store.get(message.room)?.shown?.seq ?? (0 as Seq)
              })
            }
          }
          return
        case "missing": {
          const events = store.get(message.room)?.recent.since(message.after) ?? null
          if (events === null || events.length === 0 || message.after === 0) {
            return yield* sendSnapshot(mine, from, message.room, "lag")
          }
          return yield* links.send(from, "replication", {
            _tag: "events",
            reign: mine.reign,
            room: message.room,
            events,
            shown: store.get(message.room)?.shown?.seq ?? message.after,
            digest: null
          })
        }
        case "differs":
          return yield* sendSnapshot(mine, from, message.room, "differs")
      }
    })

    const onSyncState = Effect.fnUntraced(function*(
      mine: Hosting,
      from: PeerId,
      { snapshot }: MessageOf<ProgressMessage, "sync-state">
    ) {
      if (mine.running) return
      if (Either.isLeft(Schema.decodeUnknownEither(game.State)(snapshot.game))) {
        yield* links.reject(from, "a state that the game's schema refuses")
        mine.answers.delete(from)
        return
      }
      const own = store.head(snapshot.room)
      if (own === undefined || Room.compareHeads(snapshot, own) > 0) {
        replica.ordering.adopt(snapshot, mine.reign)
        yield* Effect.logDebug(`adopted room ${snapshot.room} up to ${snapshot.seq} from ${from}`)
      }
      yield* settleSync(mine)
    })

    // ---------------------------------------------------------------- seats and inputs

    const onInput = Effect.fnUntraced(function*(from: PeerId, message: InputMessage) {
      if (message._tag === "seat-refused") return yield* PubSub.publish(refusals, message)
      const standing = yield* election.standing
      const handedOver = standing.over.some((over) => equals(over, message.reign))
      if (!equals(standing.reign, message.reign) && !handedOver) return
      const mine = hosting
      if (message._tag === "inputs") {
        if (mine !== null || (offered !== null && equals(offered, message.reign))) bufferInputs(from, message)
        return
      }
      if (mine === null || !mine.running) return
      if (message._tag === "take-seat") return yield* onTakeSeat(mine, from, message)
      const record = store.get(message.room)?.state.seats.find((one) => one.seat === message.seat)
      if (record === undefined || record.node !== from) return
      buffers.get(message.room)?.forget(message.seat)
      if (message.for === "leave") yield* order(mine, message.room, [{ _tag: "left", seat: message.seat }])
      else if (record.awaySince === null) yield* order(mine, message.room, [{ _tag: "away", seat: message.seat }])
    })

    /** A node speaks for the seats that it serves; the host before this one, for all whose inputs it had not applied. */
    const bufferInputs = (from: PeerId, message: MessageOf<InputMessage, "inputs">): void => {
      const record = store.get(message.room)?.state.seats.find((one) => one.seat === message.seat)
      if (record === undefined || (record.node !== from && message.reign.host !== from)) return
      for (const [, input] of message.inputs) {
        if (Either.isLeft(decodeInput(input))) {
          counters.inputsInvalid++
          return
        }
      }
      counters.inputsDuplicate += bufferOf(message.room).offer(message.seat, record.lastInput, message.inputs)
    }

    const onTakeSeat = Effect.fnUntraced(function*(
      mine: Hosting,
      from: PeerId,
      message: MessageOf<InputMessage, "take-seat">
    ) {
      const refuse = (reason: SeatRefused["reason"]) => {
        const refused: SeatRefused = {
          _tag: "seat-refused",
          reign: mine.reign,
          room: message.room,
          tokenHash: message.tokenHash,
          reason
        }
        return from === identity.peerId ? PubSub.publish(refusals, refused) : links.send(from, "input", refused)
      }
      if (message.node !== from) return
      if (store.get(message.room) === undefined) {
        const seed = yield* Random.nextIntBetween(0, 0xffffffff)
        yield* order(mine, message.room, [{ _tag: "opened", room: message.room, seed }])
      }
      const state = store.get(message.room)?.state
      if (state === undefined) return yield* refuse("too-many-rooms")
      const record = state.seats.find((one) => one.tokenHash === message.tokenHash)
      if (record !== undefined) {
        if (record.node !== from || record.awaySince !== null) {
          buffers.get(message.room)?.forget(record.seat)
          absentSince.delete(from)
          yield* order(mine, message.room, [{ _tag: "back", seat: record.seat, node: from }])
        }
        return
      }
      if (state.seats.filter((one) => one.awaySince === null).length >= game.seats.max) return yield* refuse("full")
      // A seat that is only kept for somebody makes room for who is here.
      const kept = state.seats.length >= game.seats.max ? state.seats.find((one) => one.awaySince !== null) : undefined
      const { profile, tokenHash } = message
      yield* order(mine, message.room, [
        ...(kept === undefined ? [] : [{ _tag: "left" as const, seat: kept.seat }]),
        { _tag: "seated", seat: state.nextSeat, tokenHash, profile, node: from }
      ])
    })

    // ---------------------------------------------------------------- coming and going

    const onStanding = Effect.fnUntraced(function*(standing: Standing) {
      const reign = standing.role === "host" ? standing.reign : standing.claim
      if (reign === null) {
        // A host that only has to ask its peers keeps its place; it goes on from there, or is told of a newer reign.
        if (standing.role === "peer" || hosting?.running === false) hosting = null
        if (standing.role === "peer" && offered === null) buffers.clear()
        return
      }
      if (hosting === null || !equals(hosting.reign, reign)) {
        const quorum = config.quorum ? { members: reign.members, self: identity.peerId } : null
        const deposed = standing.role === "host" ? null : standing.reign?.host ?? null
        hosting = new Hosting(ref(reign), standing.cause, quorum, yield* stalls.lastEnd, deposed, nowMs())
        yield* askSync(hosting, yield* stillAsked(hosting))
      } else if (hosting.running) hosting.nextTickAt = nowMs()
      if (standing.role !== "host" || hosting.running) return
      offered = null
      hosting.cause = standing.cause
      hosting.accepted = true
      // What was handed over is here whole, and what won a heal goes on: nobody's log goes before this node's. But a reign of
      // its own that this one goes on from, and that had not yet heard everybody, leaves that to do.
      const whole = standing.over.every((ended) => ended.host !== identity.peerId || equals(ended, synced))
      if (standing.over.length > 0 && whole) yield* begin(hosting)
      else yield* settleSync(hosting)
    })

    const handOverTo = Effect.fnUntraced(function*(to: PeerId) {
      const mine = hosting
      if (mine === null || !mine.running || !mine.inStep(to, store)) return
      mine.running = false
      mine.accepted = false
      const cuts = store.ids().map((room) => ({ room, seq: store.get(room)!.state.seq }))
      yield* election.handOver(to, cuts)
      for (const [room, buffer] of buffers) {
        for (const [seat, inputs] of buffer.drain()) {
          yield* links.send(to, "input", { _tag: "inputs", reign: mine.reign, room, seat, inputs })
        }
      }
    })

    const peerGone = (peer: PeerId) =>
      Effect.suspend(() => {
        const mine = hosting
        if (mine === null) return Effect.void
        mine.followers.delete(peer)
        mine.expected.delete(peer)
        if (mine.running) mine.answers.delete(peer)
        for (const room of store.ids()) showWhatIsHeld(mine, room)
        return settleSync(mine)
      })

    /** A peer is there (again), or may not have heard the question: asked until it has answered. */
    const peerThere = (peer: PeerId) => Effect.suspend(() => hosting === null ? Effect.void : askSync(hosting, [peer]))

    const askAgain = Effect.gen(function*() {
      yield* Effect.sleep(Duration.millis(config.repeatMs))
      const mine = hosting
      if (mine === null) return
      yield* askSync(mine, (yield* stillAsked(mine)).filter((peer) => !mine.answers.has(peer)))
      yield* alone(settleSync(mine))
    })

    yield* Effect.forkScoped(Stream.runForEach(election.changes, (standing) => alone(onStanding(standing))))
    yield* Effect.forkScoped(Stream.runForEach(election.wishes, (wish) => alone(handOverTo(wish.to))))
    yield* Effect.forkScoped(Stream.runForEach(election.offers, (offer) =>
      Effect.gen(function*() {
        offered = offer.reign
        yield* replica.reached(offer.cuts)
        yield* election.takeOver(offer.reign)
      }).pipe(Effect.timeoutOption(Duration.millis(config.handoverMs)))))
    yield* Effect.forkScoped(
      Stream.runForEach(
        links.changes,
        (change) => alone(change._tag === "down" ? peerGone(change.peerId) : peerThere(change.peer.peerId))
      )
    )
    yield* Effect.forkScoped(Stream.runForEach(detector.changes, (change) =>
      change._tag === "suspected"
        ? alone(peerGone(change.peerId))
        : change._tag === "recovered"
        ? alone(peerThere(change.peerId))
        : Effect.void))
    yield* Effect.forkScoped(Effect.forever(askAgain))
    yield* Effect.forkScoped(
      Effect.forever(
        Effect.flatMap(
          queues.take("progress"),
          (envelopes) =>
            Effect.forEach(envelopes, ({ from, message }) => alone(onProgress(from, message)), { discard: true })
        )
      )
    )
    yield* Effect.forkScoped(
      Effect.forever(
        Effect.flatMap(
          queues.take("input"),
          (envelopes) =>
            Effect.forEach(envelopes, ({ from, message }) => alone(onInput(from, message)), { discard: true })
        )
      )
    )
    yield* Effect.forkScoped(tickLoop)

    const retire = Effect.gen(function*() {
      const mine = hosting
      const heir = mine === null
        ? undefined
        : [...mine.followers.keys()].sort().findLast((peer) => mine.inStep(peer, store))
      if (mine === null || heir === undefined) return
      yield* alone(handOverTo(heir))
      yield* election.changes.pipe(
        Stream.takeUntil((standing) => standing.role === "peer" || standing.role === "host"),
        Stream.runDrain,
        Effect.timeoutOption(Duration.millis(config.handoverMs))
      )
    })

    return {
      submit: (message) => Effect.asVoid(alone(onInput(identity.peerId, message))),
      refusals: Stream.fromPubSub(refusals),
      followers: Effect.sync(() =>
        hosting === null ? [] : [...hosting.followers.keys()].filter((peer) => hosting!.inStep(peer, store))
      ),
      retire,
      counters: Effect.sync(() => ({ ...counters }))
    }
  })
)
