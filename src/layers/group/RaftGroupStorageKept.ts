/**
 * A node's group in a directory: which one it is, and that one's log in SQLite beside it. A node that is killed comes back
 * with what it had promised, and with its log.
 */
import { Context, Effect, ExecutionStrategy, Exit, Layer, Schema, Scope } from "effect"
import * as Fs from "node:fs/promises"
import { join } from "node:path"
import { GroupId } from "../../protocol/Ids.ts"
import { type KeptGroup, RaftGroupStorage } from "../../services/RaftGroupStorage.ts"
import { RaftStorage, RaftStorageError, type RaftStorageService } from "../../services/RaftStorage.ts"
import * as WholeFile from "../identity/WholeFile.ts"
import * as RaftStorageSqlite from "../raft/RaftStorageSqlite.ts"

export const fileName = "group.json"
/** A larger file is none of ours. */
const fileBytesMax = 4 * 1024

const Kept = Schema.parseJson(
  Schema.Struct({ hostless: Schema.Literal(1), group: GroupId, welcomedAt: Schema.Int.pipe(Schema.greaterThan(-2)) })
)

/** `directory`: for this node alone, which has locked it; made if it is not there. */
export type Options = RaftStorageSqlite.Options

const { attempt } = RaftStorageSqlite

/** The log's own directory. */
const logOf = (directory: string, { group }: KeptGroup): string => join(directory, `log-${group}`)

const readKept = Effect.fnUntraced(function*(directory: string) {
  const path = join(directory, fileName)
  const text = yield* attempt(`${path} cannot be read`, () => WholeFile.read(directory, fileName, fileBytesMax))
  if (text === null) return null
  return yield* Effect.mapError(Schema.decode(Kept)(text), () =>
    new RaftStorageError({
      reason: "corrupt",
      detail: `${path} is not what this program wrote, and is left as it is. Put a good copy in its place, or move the `
        + "whole directory away: the node then comes back as a newcomer."
    }))
})

const make = Effect.fnUntraced(function*({ directory, thread }: Options) {
  yield* attempt(`${directory} cannot be made`, async () => {
    await Fs.mkdir(directory, { recursive: true, mode: 0o700 })
    await WholeFile.sweep(directory, fileName)
  })
  const whole = yield* Effect.scope
  let open: Scope.CloseableScope | null = null

  const close = Effect.suspend(() => {
    const before = open
    open = null
    return before === null ? Effect.void : Scope.close(before, Exit.void)
  })

  const storageOf = Effect.fnUntraced(function*(kept: KeptGroup) {
    open = yield* Scope.fork(whole, ExecutionStrategy.sequential)
    const log = RaftStorageSqlite.layer({ directory: logOf(directory, kept), thread })
    return Context.get(yield* Layer.buildWithScope(log, open), RaftStorage)
  })

  const forgetOthers = (kept: KeptGroup) =>
    attempt(`${directory} cannot be tidied`, async () => {
      const own = `log-${kept.group}`
      for (const name of await Fs.readdir(directory)) {
        if (name.startsWith("log-") && name !== own) await Fs.rm(join(directory, name), { recursive: true })
      }
    })

  const file = yield* readKept(directory)
  const kept = file && { group: file.group, welcomedAt: file.welcomedAt }
  const storage = kept === null ? null : yield* storageOf(kept)
  // Read before anything begins: what is damaged is told while somebody looks.
  const stored = storage === null ? null : yield* storage.load
  const before = kept !== null && storage !== null && stored !== null
    ? { kept, storage: { ...storage, load: Effect.succeed(stored) } satisfies RaftStorageService }
    : null

  return RaftGroupStorage.of({
    last: Effect.succeed(before),
    begin: Effect.fnUntraced(function*({ group, welcomedAt }: KeptGroup) {
      const next = { group, welcomedAt }
      yield* close
      // A log that this node has had before, and left, is forgotten as well.
      const log = logOf(directory, next)
      yield* attempt(`${log} cannot be removed`, () => Fs.rm(log, { recursive: true, force: true }))
      const fresh = yield* storageOf(next)
      yield* attempt(
        `${join(directory, fileName)} cannot be written`,
        () => WholeFile.replace(directory, fileName, `${JSON.stringify({ hostless: 1, ...next })}\n`)
      )
      yield* forgetOthers(next)
      return fresh
    })
  })
})

/** RaftStorageError where there is something that cannot be read or understood: it is left as it is. */
export const layer = (options: Options): Layer.Layer<RaftGroupStorage, RaftStorageError> =>
  Layer.scoped(RaftGroupStorage, make(options))
