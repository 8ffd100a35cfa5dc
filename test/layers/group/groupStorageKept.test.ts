/** What a node's group in a directory promises: it is there after a restart, and damage is told. */
import { Context, Effect, Layer, Scope } from "effect"
import { existsSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { initial } from "../../../src/core/raft/Configuration.ts"
import { fresh } from "../../../src/core/raft/Entry.ts"
import * as RaftGroupStorageKept from "../../../src/layers/group/RaftGroupStorageKept.ts"
import { GroupId, PeerId } from "../../../src/protocol/Ids.ts"
import { RaftGroupStorage } from "../../../src/services/RaftGroupStorage.ts"
import { children } from "../../setup/children.ts"
import { inDirectory } from "../raft/inDirectory.ts"

const [first, second] = ["aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"].map((id) => GroupId.make(id)) as [GroupId, GroupId]
const self = PeerId.make("00000001-0000-4000-8000-000000000000")
const write = { ...fresh(initial([self])), keepTo: 0 }

describe("a group in a directory", () => {
  const thread = children()("storageThread")

  /** One life of a node. */
  const life = <A, E>(directory: string, use: (storage: RaftGroupStorage["Type"]) => Effect.Effect<A, E>) =>
    Effect.runPromise(Effect.scoped(Effect.gen(function*() {
      const context = yield* Layer.buildWithScope(
        RaftGroupStorageKept.layer({ directory, thread }),
        yield* Scope.Scope
      )
      return yield* use(Context.get(context, RaftGroupStorage))
    })))

  it("is there after a restart, with its log", () =>
    inDirectory(async (directory) => {
      assert.isNull(await life(directory, (storage) => storage.last))
      await life(directory, (storage) =>
        Effect.gen(function*() {
          const log = yield* storage.begin({ group: first, welcomedAt: 7 })
          yield* log.write([{ ...write, hardState: { term: 3, vote: self, commit: 0 } }])
        }))
      const last = await life(directory, (storage) =>
        Effect.flatMap(storage.last, (last) =>
          last === null
            ? Effect.succeed(null)
            : Effect.map(last.storage.load, (stored) => ({ kept: last.kept, stored }))))
      assert.deepStrictEqual(last?.kept, { group: first, welcomedAt: 7 })
      assert.deepStrictEqual(last?.stored?.hardState, { term: 3, vote: self, commit: 0 })
    }))

  it("that was begun and never written is none", () =>
    inDirectory(async (directory) => {
      await life(directory, (storage) => storage.begin({ group: first, welcomedAt: -1 }))
      assert.isNull(await life(directory, (storage) => storage.last))
    }))

  it("is forgotten for the next one, also if that is the same anew", () =>
    inDirectory(async (directory) => {
      await life(directory, (storage) =>
        Effect.gen(function*() {
          for (const group of [first, second, second]) {
            const log = yield* storage.begin({ group, welcomedAt: -1 })
            assert.isNull(yield* log.load)
            yield* log.write([write])
          }
        }))
      assert.deepStrictEqual(readdirSync(directory).sort(), ["group.json", `log-${second}`])
    }))

  it("that is damaged is told, and left as it is", () =>
    inDirectory(async (directory) => {
      writeFileSync(join(directory, RaftGroupStorageKept.fileName), "{")
      const detail = await life(directory, () => Effect.succeed("nothing was wrong")).catch((cause: unknown) =>
        String((cause as { readonly detail?: string }).detail ?? JSON.stringify(cause))
      )
      assert.include(detail, join(directory, RaftGroupStorageKept.fileName))
      assert.isTrue(existsSync(join(directory, RaftGroupStorageKept.fileName)))
    }))
})
