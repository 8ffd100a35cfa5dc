/** Raft logs on real disks: what was answered is there when the nodes come back, all of them at once too. */
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Exit, Layer, Schedule, Scope } from "effect"
import * as Fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as RaftLogLinks from "../../../src/layers/raft/RaftLogLinks.ts"
import * as RaftStorageSqlite from "../../../src/layers/raft/RaftStorageSqlite.ts"
import * as VirtualLan from "../../../src/layers/virtual/VirtualLan.ts"
import { RaftLog } from "../../../src/services/RaftLog.ts"
import { StateMachine } from "../../../src/services/StateMachine.ts"
import { idOf } from "../../../src/testing/LinkNodes.ts"
import { children } from "../../setup/children.ts"
import { linksOn } from "../links/linkNodes.ts"
import { Texts } from "./machines.ts"

const thread = children()("storageThread")
const voters = [1, 2, 3]

const makeCluster = Effect.gen(function*() {
  const lan = yield* VirtualLan.make({ latencyMs: 1 })
  const directory = yield* Effect.acquireRelease(
    Effect.sync(() => Fs.mkdtempSync(join(tmpdir(), "hostless-test-"))),
    (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true, force: true }))
  )
  let incarnation = 0
  const start = Effect.fnUntraced(function*(n: number) {
    const scope = yield* Scope.make()
    const machine = new Texts()
    const context = yield* Layer.buildWithScope(
      RaftLogLinks.layer({ voters: voters.map(idOf), snapshotEvery: 8 }).pipe(
        Layer.provideMerge(linksOn(lan, { n, incarnation: ++incarnation })),
        Layer.provideMerge(RaftStorageSqlite.layer({ directory: join(directory, `${n}`), thread })),
        Layer.provideMerge(Layer.succeed(StateMachine, machine))
      ),
      scope
    )
    return { n, log: Context.get(context, RaftLog), machine, stop: Scope.close(scope, Exit.void) }
  })
  return { start, startAll: Effect.forEach(voters, start) }
})

type Node = Effect.Effect.Success<ReturnType<Effect.Effect.Success<typeof makeCluster>["start"]>>

/** Answered: it is committed. Asked again while there is no leader, under a name of its own. */
const say = ({ log }: Node, text: string) =>
  Effect.retry(log.propose(Texts.command(text)), {
    while: ({ reason }) => reason === "unavailable",
    schedule: Schedule.recurs(5)
  })

const contents = ({ log, machine }: Node) => log.read(() => [...machine.all])

describe("a Raft log on a disk", () => {
  it.scopedLive(
    "has all that was answered after all nodes have ended at once, by snapshot and by log",
    () =>
      Effect.gen(function*() {
        const cluster = yield* makeCluster
        const texts = Array.from({ length: 20 }, (_, i) => `text ${i}`)
        const first = yield* cluster.startAll
        for (const [i, text] of texts.entries()) yield* say(first[i % 3]!, text)
        yield* Effect.forEach(first, ({ stop }) => stop)
        const second = yield* cluster.startAll
        for (const node of second) assert.deepStrictEqual(yield* contents(node), texts)
        assert.isTrue(second.every(({ machine }) => machine.restores > 0), "the first ones come by snapshot")
        yield* say(second[0]!, "one more")
        assert.deepStrictEqual(yield* contents(second[2]!), [...texts, "one more"])
        yield* Effect.forEach(second, ({ stop }) => stop)
      }),
    30_000
  )

  it.scopedLive(
    "goes on without a node that has ended, which catches up when it is back",
    () =>
      Effect.gen(function*() {
        const cluster = yield* makeCluster
        const [a, b, c] = (yield* cluster.startAll) as [Node, Node, Node]
        yield* say(a, "all are there")
        const leader = yield* a.log.leader
        const gone = [a, b, c].find(({ n }) => idOf(n) === leader)!
        const [one, other] = [a, b, c].filter((node) => node !== gone) as [Node, Node]
        yield* gone.stop
        const texts = Array.from({ length: 12 }, (_, i) => `without it ${i}`)
        for (const text of texts) yield* say(one, text)
        const back = yield* cluster.start(gone.n)
        assert.deepStrictEqual(yield* contents(back), ["all are there", ...texts])
        yield* Effect.forEach([one, other, back], ({ stop }) => stop)
      }),
    30_000
  )
})
