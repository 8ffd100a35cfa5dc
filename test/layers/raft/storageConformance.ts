/** What every storage of a Raft node must do. */
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, ExecutionStrategy, Exit, Layer, Scope } from "effect"
import { initial } from "../../../src/core/raft/Configuration.ts"
import type { Stored } from "../../../src/core/raft/Entry.ts"
import {
  RaftStorage,
  type RaftStorageError,
  type RaftStorageService,
  type StoredWrite
} from "../../../src/services/RaftStorage.ts"
import { fc } from "../../setup/chance.ts"
import { bytesOf, historyOf, idOf, statesOf } from "./storageModel.ts"

/** A disk, for as long as the scope is open: each time that its layer is built is a new life on it. */
export type Disk = Effect.Effect<Layer.Layer<RaftStorage, RaftStorageError>, never, Scope.Scope>

/** One life, which ends when the effect does. */
export const life = <A, E>(
  layer: Layer.Layer<RaftStorage, RaftStorageError>,
  use: (storage: RaftStorageService) => Effect.Effect<A, E>
): Effect.Effect<A, E | RaftStorageError, Scope.Scope> =>
  Effect.gen(function*() {
    const scope = yield* Scope.fork(yield* Effect.scope, ExecutionStrategy.sequential)
    const exit = yield* Layer.buildWithScope(layer, scope).pipe(
      Effect.flatMap((context) => use(Context.get(context, RaftStorage))),
      Effect.exit
    )
    yield* Scope.close(scope, Exit.void)
    return yield* exit
  })

const load = ({ load }: RaftStorageService) => load

/** As Node's own equality has it, so that a Buffer is none of the bytes that it stands for. */
export const equal = (actual: Stored | null, expected: Stored | null): void => assert.deepStrictEqual(actual, expected)

const hard = (term: number, vote: number | null, commit = 0) => ({
  term,
  vote: vote === null ? null : idOf(vote),
  commit
})
const command = (index: number, term: number) => ({ _tag: "command", index, term, data: bytesOf(9, index) } as const)
const write = (part: Partial<StoredWrite>): StoredWrite => ({
  hardState: hard(1, null),
  snapshot: null,
  keepTo: 0,
  entries: [],
  ...part
})

/** Runs in as many lives as there are lists, and gives what the last one leaves. */
const left = (disk: Disk, ...lives: ReadonlyArray<ReadonlyArray<StoredWrite>>) =>
  Effect.gen(function*() {
    const layer = yield* disk
    for (const writes of lives) {
      yield* life(layer, (storage) => Effect.zipRight(storage.load, storage.write(writes)))
    }
    return yield* life(layer, load)
  })

export const conformance = (name: string, disk: Disk): void => {
  describe(`${name} as a Raft storage`, () => {
    it.scoped("has nothing before the first write, however often it is started", () =>
      Effect.gen(function*() {
        const layer = yield* disk
        equal(yield* life(layer, load), null)
        equal(yield* life(layer, (storage) => Effect.zipRight(storage.write([]), storage.load)), null)
      }))

    it.scoped("keeps a term and a vote, and the newer ones", () =>
      Effect.gen(function*() {
        const one = yield* left(disk, [write({ hardState: hard(4, 2) })])
        assert.deepStrictEqual(one?.hardState, hard(4, 2))
        const two = yield* left(disk, [write({ hardState: hard(4, 2) }), write({ hardState: hard(5, null, 3) })])
        assert.deepStrictEqual(two?.hardState, hard(5, null, 3))
        const three = yield* left(disk, [write({ hardState: hard(4, 2) })], [write({ hardState: null })])
        assert.deepStrictEqual(three?.hardState, hard(4, 2))
      }))

    it.scoped("gives back every kind of entry", () =>
      Effect.gen(function*() {
        const configuration = {
          voters: [1, 2, 3].map(idOf),
          outgoing: [idOf(4)],
          learners: [idOf(5)],
          learnersNext: [idOf(4)],
          autoLeave: true
        }
        const entries = [
          { _tag: "empty", index: 1, term: 1 },
          command(2, 1),
          { _tag: "configuration", index: 3, term: 1, configuration },
          { _tag: "command", index: 4, term: 1, data: new Uint8Array(0) },
          { _tag: "command", index: 5, term: 1, data: bytesOf(300_000, 1) }
        ] as const
        assert.deepStrictEqual((yield* left(disk, [write({ entries })]))?.entries, entries)
      }))

    it.scoped("drops what is cut off, and adds in its place", () =>
      Effect.gen(function*() {
        const first = write({ entries: [1, 2, 3, 4].map((index) => command(index, 1)) })
        const second = write({ hardState: hard(2, null), keepTo: 2, entries: [command(3, 2)] })
        const expected = [command(1, 1), command(2, 1), command(3, 2)]
        assert.deepStrictEqual((yield* left(disk, [first], [second]))?.entries, expected)
        assert.deepStrictEqual((yield* left(disk, [first, second]))?.entries, expected)
      }))

    it.scoped("puts a snapshot in place of what it stands for", () =>
      Effect.gen(function*() {
        const first = write({ entries: [1, 2, 3, 4].map((index) => command(index, 1)) })
        const own = { index: 3, term: 1, configuration: initial([idOf(1)]), data: bytesOf(100_000, 3) }
        const compacted = yield* left(disk, [first], [write({ snapshot: own, keepTo: 4 })])
        assert.deepStrictEqual(compacted?.snapshot, own)
        assert.deepStrictEqual(compacted?.entries, [command(4, 1)])
        const leaders = { ...own, index: 90 }
        const restored = yield* left(disk, [first, write({ snapshot: leaders, keepTo: 90, entries: [command(91, 1)] })])
        assert.deepStrictEqual(restored?.snapshot, leaders)
        assert.deepStrictEqual(restored?.entries, [command(91, 1)])
      }))

    it.effect("leaves what the writes add up to, whichever lives they come in", () =>
      Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(
            fc.array(fc.array(fc.nat({ max: 100_000 }), { minLength: 1, maxLength: 4 }), {
              minLength: 1,
              maxLength: 8
            }),
            fc.integer({ min: 1, max: 5 }),
            (choices, each) => {
              const groups = historyOf(choices)
              const states = statesOf(groups)
              return Effect.runPromise(Effect.scoped(Effect.gen(function*() {
                const layer = yield* disk
                for (let from = 0; from < groups.length; from += each) {
                  yield* life(layer, (storage) =>
                    Effect.gen(function*() {
                      equal(yield* storage.load, states[from]!)
                      for (const group of groups.slice(from, from + each)) yield* storage.write(group)
                    }))
                }
                equal(yield* life(layer, load), states[groups.length]!)
              })))
            }
          ),
          { numRuns: 5 }
        )
      ))
  })
}
