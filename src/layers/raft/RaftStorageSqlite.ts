/** A Raft node's storage in SQLite, on a thread of its own: no sync holds up a frame. */
import { Effect, Fiber, Layer, type Scope } from "effect"
import * as Fs from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { Worker } from "node:worker_threads"
import { RaftStorage, RaftStorageError, type RaftStorageService } from "../../services/RaftStorage.ts"
import * as DirectoryLock from "../identity/DirectoryLock.ts"
import { said } from "./StorageRefusal.ts"
import { type Answer, packed, type Request } from "./StorageThread.ts"

export interface Options {
  /** For this storage alone; made if it is not there. One process at a time. */
  readonly directory: string
  /** The thread's script. Default: the one that is built next to this one. */
  readonly thread?: string | undefined
}

const built = fileURLToPath(new URL("./storageThreadMain.js", import.meta.url))
/** A thread whose disk hangs is not waited for any longer when it is to end, in milliseconds. */
const closeMs = 5_000

const io = (detail: string): RaftStorageError => new RaftStorageError({ reason: "io", detail })

/** Of files, whatever they are for: `what` says what cannot be done. */
export const attempt = <A>(what: string, run: () => Promise<A>) =>
  Effect.tryPromise({
    try: run,
    catch: (cause) => io(`${what} (${said(cause)}). Name a directory that this user may write.`)
  })

const claim = Effect.fnUntraced(function*(directory: string) {
  yield* attempt(`${directory} cannot be made`, () => Fs.mkdir(directory, { recursive: true, mode: 0o700 }))
  yield* Effect.mapError(DirectoryLock.acquire(directory), ({ detail, reason }) =>
    reason === "locked"
      ? new RaftStorageError({
        reason,
        detail: `${directory} is in use by another node that is running. Stop that one, or give this one its own.`
      })
      : io(`${directory} cannot be locked (${detail}). Name a directory that this user may write.`))
})

type Asked = Effect.Effect<Answer, RaftStorageError>

/** What asks the thread. Once an answer was an error, so are all that follow. */
const start = (directory: string, script: string): Effect.Effect<(request: Request) => Asked, never, Scope.Scope> =>
  Effect.gen(function*() {
    const worker = new Worker(script, { workerData: directory })
    /** Who waits for an answer, in the order of the requests. */
    const waiting: Array<(answer: Asked) => void> = []
    let failure: Asked | null = null
    const fail = (cause: Asked): void => {
      failure ??= cause
      for (const resume of waiting.splice(0)) resume(failure)
    }
    worker.on("message", (answer: Answer) => {
      const failed = failureOf(answer)
      if (failed === null) waiting.shift()?.(Effect.succeed(answer))
      else fail(failed)
    })
    worker.on("error", (error) => fail(Effect.fail(io(`The thread that writes ${directory} failed (${said(error)}).`))))
    worker.on("exit", () => fail(Effect.fail(io(`The thread that writes ${directory} has ended.`))))
    const send = (request: Request): Asked =>
      Effect.async((resume) => {
        waiting.push(resume)
        worker.postMessage(request, request._tag === "write" ? [request.writes.buffer as ArrayBuffer] : [])
      })
    yield* Effect.addFinalizer(() =>
      // On a fiber of its own: this one can be interrupted already, and then no timeout would hold.
      Effect.ignore(Effect.timeout(send({ _tag: "close" }), closeMs)).pipe(
        Effect.interruptible,
        Effect.forkDaemon,
        Effect.flatMap(Fiber.await),
        Effect.zipRight(Effect.promise(() => worker.terminate()))
      )
    )
    return (request) => Effect.suspend(() => failure ?? Effect.uninterruptible(send(request)))
  })

/** What an answer says went wrong, if anything. */
const failureOf = (answer: Answer): Asked | null =>
  answer._tag === "refused"
    ? Effect.fail(new RaftStorageError({ reason: answer.reason, detail: answer.detail }))
    : answer._tag === "broken"
    ? Effect.die(new Error(answer.detail))
    : null

const make = Effect.fnUntraced(function*(
  { directory, thread = built }: Options
): Effect.fn.Return<RaftStorageService, RaftStorageError, Scope.Scope> {
  yield* claim(directory)
  const ask = yield* start(directory, thread)
  return {
    load: Effect.map(ask({ _tag: "load" }), (answer) => answer._tag === "loaded" ? answer.stored : null),
    write: (writes) =>
      writes.length === 0
        ? Effect.void
        : Effect.asVoid(Effect.suspend(() => ask({ _tag: "write", writes: packed(writes) })))
  }
})

/**
 * The storage in a directory: files `raft.sqlite` and `raft.mark`, and while it is open SQLite's own beside the first.
 * RaftStorageError `locked` where another process has the directory, `io` where it cannot be made; `load` reads all of it
 * and checks it. A write that does not follow on those before is a defect.
 */
export const layer = (options: Options): Layer.Layer<RaftStorage, RaftStorageError> =>
  Layer.scoped(RaftStorage, make(options))
