/** `RaftLog` over links: a fiber for the core's turns, one for writes, gathered meanwhile, one for time. */
import { type Cause, Effect, Layer, Random, Stream } from "effect"
import { initial } from "../../core/raft/Configuration.ts"
import { fresh, type Stored } from "../../core/raft/Entry.ts"
import * as CoreRandom from "../../core/Random.ts"
import { commandBytesMax, type RaftMessage } from "../../protocol/Raft.ts"
import { MessageQueues } from "../../services/MessageQueues.ts"
import { NodeIdentity } from "../../services/NodeIdentity.ts"
import { PeerLinks } from "../../services/PeerLinks.ts"
import { type Leadership, RaftLog, RaftLogError, type RaftLogService } from "../../services/RaftLog.ts"
import { RaftStorage, type RaftStorageError, type RaftStorageService } from "../../services/RaftStorage.ts"
import { StateMachine, type StateMachineService } from "../../services/StateMachine.ts"
import { Subscribers } from "../queues/Subscribers.ts"
import { defaults, type Options } from "./RaftLogOptions.ts"
import * as RaftMembership from "./RaftMembership.ts"
import { type Owner, RaftNode } from "./RaftNode.ts"

export { defaults, type Options } from "./RaftLogOptions.ts"

/** The most changes of leader that wait for a subscriber. */
const changesMax = 64

const words = 0x1_0000_0000
const word = Random.nextIntBetween(0, words)
const hex = (word: number): string => word.toString(16).padStart(8, "0")
/** 16 characters each, half of them this node's own. */
const nonces = Effect.map(Effect.all([word, word]), ([seed, own]) => {
  const random = CoreRandom.source(seed)
  return () => hex(own) + hex(Math.floor(random() * words))
})

const busy = Effect.fail(new RaftLogError({ reason: "busy", detail: "too much waits at this node already" }))
const tooLarge = Effect.fail(
  new RaftLogError({ reason: "too-large", detail: `a command has at most ${commandBytesMax} bytes` })
)

/** What a node of a log runs on, where that is not what the layer finds. */
export interface Ground extends Pick<Owner, "notes" | "turned"> {
  readonly storage: RaftStorageService
  readonly machine: StateMachineService
  /** What a node begins with whose storage keeps nothing. Default: the configured voters, and nothing else. */
  readonly first?: Stored | undefined
  /** What is not accepted is as if it were lost. */
  readonly accepts?: (message: RaftMessage) => boolean
}

/** A node of the log, until the scope ends. Until then the `raft` conversation has no other taker. */
export const run = Effect.fnUntraced(function*(given: Partial<Options>, ground: Ground) {
  const { accepts = () => true, first, machine, notes, storage, turned } = ground
  const options: Options = { ...defaults, ...given }
  const { group } = options
  const { peerId } = yield* NodeIdentity
  const links = yield* PeerLinks
  const queues = yield* MessageQueues

  const kept = yield* storage.load
  const stored = kept ?? first ?? fresh(initial(options.voters))
  // The first configuration is in no entry: without it nobody could read what follows.
  if (kept === null) yield* storage.write([{ ...stored, keepTo: 0 }])

  const changes = new Subscribers<Leadership>(changesMax, "sliding")
  const work = Effect.unsafeMakeLatch(false)
  const disk = Effect.unsafeMakeLatch(false)
  const wake = (): void => void work.unsafeOpen()
  let stopped: RaftLogError | null = null

  const makeNonce = yield* nonces
  const node = new RaftNode(
    peerId,
    stored,
    CoreRandom.make(yield* word),
    // So far from those of other lives that none comes near.
    (yield* Random.nextIntBetween(0, 2 ** 22)) * 2 ** 30,
    machine,
    options,
    { wake, leadership: (leadership) => changes.publish(leadership), makeNonce, notes, turned }
  )

  const stop = (error: RaftLogError): void => {
    stopped ??= error
    node.fail(stopped)
  }
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      stop(new RaftLogError({ reason: "stopped", detail: "this node is being closed" }))
      changes.end()
    })
  )

  const turns = Effect.gen(function*() {
    while (true) {
      yield* work.await
      // Whoever can go on now may have more for this turn.
      yield* Effect.yieldNow()
      work.unsafeClose()
      node.turn()
      if (node.writes.length > 0) disk.unsafeOpen()
      const { outgoing } = node
      if (outgoing.length === 0) continue
      node.outgoing = []
      for (const { message, to } of outgoing) yield* links.send(to, "raft", { group, message })
    }
  })

  const writing = Effect.gen(function*() {
    while (true) {
      yield* disk.await
      disk.unsafeClose()
      const { writes } = node
      node.writes = []
      const stored = writes.filter(({ hardState }) => hardState !== null)
      if (stored.length > 0) yield* storage.write(stored)
      for (const { messages } of writes) for (const envelope of messages) node.post(envelope)
      const last = writes.at(-1)
      if (last !== undefined) node.persisted(last.number)
    }
  })

  const receive = Effect.fnUntraced(function*(envelopes: ReturnType<typeof queues.drain<"raft">>) {
    for (const { from, message: { group: about, message } } of envelopes) {
      if (about !== group || !accepts(message)) continue
      const wrong = node.receive(from, message)
      if (wrong !== null) yield* links.reject(from, wrong)
    }
  })

  /** A node that does not know what it has promised takes part no more; the others go on without it. */
  const orStop = (effect: Effect.Effect<never, RaftStorageError>) =>
    Effect.forkScoped(Effect.catchAllCause(effect, (cause: Cause.Cause<RaftStorageError>) => {
      stop(new RaftLogError({ reason: "stopped", detail: "this node's Raft log has failed" }))
      return Effect.logError("the Raft log has stopped", cause)
    }))

  const unlessStopped = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.suspend(() => stopped === null ? Effect.asVoid(effect) : Effect.void)

  yield* orStop(turns)
  yield* orStop(writing)
  yield* orStop(Effect.forever(Effect.flatMap(queues.take("raft"), (all) => unlessStopped(receive(all)))))
  yield* orStop(Effect.forever(Effect.zipRight(
    Effect.sleep(options.tickMs),
    unlessStopped(Effect.sync(() => node.tick()))
  )))
  // Not liveness: what was on its way by a link is lost with it. A log also runs where there is no failure detector.
  yield* links.watch((change) => {
    if (change._tag === "up") return Effect.sync(() => node.linkUp(change.peer.peerId))
    // A peer's last words come before its end.
    return unlessStopped(Effect.zipRight(
      Effect.suspend(() => receive(queues.drain("raft"))),
      Effect.sync(() => change.reason === "renewed" ? node.linkRenewed(change.peerId) : node.linkDown(change.peerId))
    ))
  })

  const log = serviceOf(node, options, changes, () => stopped, wake)
  // What storage kept may be there to apply.
  wake()
  /** `runs`: false once its storage has failed. */
  return { log, node, runs: () => stopped === null }
})

/** What the node's log promises, as long as it is not stopped. */
const serviceOf = (
  node: RaftNode,
  { core, timeoutTicks }: Options,
  changes: Subscribers<Leadership>,
  stopped: () => RaftLogError | null,
  wake: () => void
): RaftLogService => {
  const unlessOver = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E | RaftLogError> =>
    Effect.suspend((): Effect.Effect<A, E | RaftLogError> => {
      const over = stopped()
      return over === null ? effect : Effect.fail(over)
    })
  const membership = RaftMembership.make(node, timeoutTicks, core.electionTicks, wake)
  return {
    propose: (command) =>
      unlessOver(Effect.async<Uint8Array, RaftLogError>((resume) => {
        if (command.length > commandBytesMax) return resume(tooLarge)
        const waiting = node.proposals.add(command, resume)
        if (waiting === null) return resume(busy)
        wake()
        return Effect.sync(() => node.proposals.cancel(waiting))
      })),
    committed: (from) => node.committed.stream(from),
    read: <A>(look: () => A) =>
      unlessOver(Effect.async<A, RaftLogError>((resume) => {
        const waiting = node.reads.add(() => resume(Effect.sync(look)), resume)
        if (waiting === null) return resume(busy)
        wake()
        return Effect.sync(() => node.reads.cancel(waiting))
      })),
    members: Effect.sync(() => {
      const { learners, learnersNext, outgoing, voters } = node.raft.configuration
      return {
        voters: [...new Set([...voters, ...outgoing])].sort(),
        learners: [...new Set([...learners, ...learnersNext])].sort()
      }
    }),
    addMember: (peer) => unlessOver(membership.addMember(peer)),
    removeMember: (peer) => unlessOver(membership.removeMember(peer)),
    transfer: (to) => unlessOver(membership.transfer(to)),
    leader: Effect.sync(() => node.raft.leader),
    changes: Stream.suspend(() => changes.stream(() => [{ term: node.raft.term, leader: node.raft.leader }])),
    applied: Effect.sync(() => node.applied.index),
    lag: Effect.sync(() => {
      const { followers, lastIndex, role, self } = node.raft
      if (role !== "leader") return new Map()
      const others = [...followers].filter(([peer]) => peer !== self)
      return new Map(others.map(([peer, { match }]) => [peer, lastIndex - match]))
    })
  }
}

/** A node of the log. Its storage must be its own, and its queues' `raft` conversation has no other taker. */
export const layer = (options: Partial<Options> = {}) =>
  Layer.scoped(
    RaftLog,
    Effect.gen(function*() {
      const { log } = yield* run(options, { storage: yield* RaftStorage, machine: yield* StateMachine })
      return log
    })
  )
