/** An identity that is kept in a directory, together with the accepted reign: both survive the process. */
import { Effect, Either, Layer, Schema, type Scope } from "effect"
import { randomUUID } from "node:crypto"
import * as Fs from "node:fs/promises"
import { join } from "node:path"
import { PeerId } from "../../protocol/Ids.ts"
import { compare, equals, Reign } from "../../protocol/Reign.ts"
import { type Identity, IdentityError, NodeIdentity } from "../../services/NodeIdentity.ts"
import * as DirectoryLock from "./DirectoryLock.ts"
import { defaultName } from "./NodeIdentityFresh.ts"
import * as WholeFile from "./WholeFile.ts"

export const fileName = "identity.json"
/** A larger file is none of ours. */
const fileBytesMax = 64 * 1024

const Kept = Schema.Struct({
  hostless: Schema.Literal(1),
  peerId: PeerId,
  incarnation: Schema.NonNegativeInt,
  reign: Schema.NullOr(Reign)
})
type Kept = typeof Kept.Type

const decodeKept = Schema.decodeUnknownEither(Schema.parseJson(Kept))

export interface Options {
  /** Made if it is not there. One process at a time. */
  readonly directory: string
  /** What people call the node, 1 to 48 printable characters. Default: the machine's name and the id's first digits. */
  readonly name?: string | undefined
}

const attempt = <A>(reason: IdentityError["reason"], detail: string, run: () => Promise<A>) =>
  Effect.tryPromise({
    try: run,
    catch: (cause) => {
      const why = cause instanceof Error ? cause.message : String(cause)
      return new IdentityError({ reason, detail: `${detail} (${why}). ${writable}` })
    }
  })

const writable = "Name a directory that this user may write."

/** What the directory keeps, or null where it keeps nothing yet. */
const read = Effect.fnUntraced(function*(directory: string) {
  const path = join(directory, fileName)
  const text = yield* attempt(
    "unreadable",
    `${path} cannot be read`,
    () => WholeFile.read(directory, fileName, fileBytesMax)
  )
  if (text === null) return null
  const kept = decodeKept(text)
  if (Either.isRight(kept)) return kept.right
  return yield* new IdentityError({
    reason: "corrupt",
    detail:
      `${path} is not what this program wrote, and is left as it is. Put a good copy in its place, or move it away: ` +
      "the node then starts with a new id, and without what it had promised under the old one."
  })
})

const make = Effect.fnUntraced(function*(
  { directory, name }: Options
): Effect.fn.Return<Identity, IdentityError, Scope.Scope> {
  yield* attempt("unwritable", `${directory} cannot be made`, () => Fs.mkdir(directory, { recursive: true }))
  yield* DirectoryLock.acquire(directory).pipe(
    Effect.mapError(({ detail, reason }) =>
      reason === "locked"
        ? new IdentityError({
          reason: "locked",
          detail:
            `${directory} is in use by another node that is running. Stop that one, or give this one a directory ` +
            "of its own."
        })
        : new IdentityError({ reason: "unwritable", detail: `${directory} cannot be locked (${detail}). ${writable}` })
    )
  )
  const save = (kept: Kept): Effect.Effect<void, IdentityError> =>
    attempt(
      "unwritable",
      `${join(directory, fileName)} cannot be written`,
      () => WholeFile.replace(directory, fileName, `${JSON.stringify(kept)}\n`)
    )

  const before = yield* read(directory)
  let kept: Kept = before === null
    ? { hostless: 1, peerId: PeerId.make(randomUUID()), incarnation: 1, reign: null }
    : { ...before, incarnation: before.incarnation + 1 }
  yield* attempt("unwritable", `${directory} cannot be tidied`, () => WholeFile.sweep(directory, fileName))
  yield* save(kept)

  const oneAtATime = yield* Effect.makeSemaphore(1)
  const accept = Effect.fnUntraced(function*(reign: Reign) {
    if (kept.reign !== null && compare(reign, kept.reign) < 0) return
    if (equals(reign, kept.reign) && sameMembers(reign, kept.reign!)) return
    const { epoch, host, members, root } = reign
    const next = { ...kept, reign: { epoch, host, members, root } }
    yield* save(next)
    kept = next
  })
  return {
    peerId: kept.peerId,
    name: name ?? defaultName(kept.peerId),
    incarnation: kept.incarnation,
    acceptedBefore: before?.reign ?? null,
    accept: (reign) => oneAtATime.withPermits(1)(Effect.uninterruptible(accept(reign)))
  }
})

const sameMembers = (a: Reign, b: Reign): boolean =>
  a.members.length === b.members.length && a.members.every((member, i) => member === b.members[i])

/**
 * The identity in a directory: the id of the first start, an incarnation that grows by one with each, and the newest
 * reign accepted; an older one than that is not kept. On disk and synced before it is used. IdentityError where another
 * process has the directory, or its file is not to be read, written or understood.
 */
export const layer = (options: Options): Layer.Layer<NodeIdentity, IdentityError> =>
  Layer.scoped(NodeIdentity, make(options))
