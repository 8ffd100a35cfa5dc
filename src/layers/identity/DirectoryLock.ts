/**
 * A directory for one process only, however that process ends.
 *
 * The lock is a listening socket, which the system closes with its process, so a killed process's lock is free at once.
 * Socket files stay behind, though, and must not be taken away under somebody who has just made his own. So every
 * process makes a file of its own name, which is never used again; whoever finds another one that answers does not have
 * the lock. Each listens before it looks: of two, the later to look sees the other. Of two that start together, the one
 * with the lower name waits for the other to give up.
 *
 * On Windows the lock is a named pipe, of which there can be but one, and which ends with its process.
 */
import { Data, Effect, Schedule, type Scope } from "effect"
import { createHash, randomBytes } from "node:crypto"
import * as Fs from "node:fs/promises"
import * as Net from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"

export class LockError extends Data.TaggedError("LockError")<{
  readonly reason: "locked" | "failed"
  readonly detail: string
}> {}

/** The longest path that a socket file can have everywhere, in bytes, less our file names. */
const pathBytesMax = 100 - 32
const lockName = /^lock-[0-9a-f]{16}$/
/** How long a starting process is waited for that may give up yet, in milliseconds. */
const contestMs = 2_000
const askAgainMs = 20

/** A process that takes a connection but says nothing for so long is stopped, and has the lock nevertheless. */
const answerMs = 1_000

type Answer = "held" | "contending" | "gone"

const answers: Readonly<Record<string, Answer | "closing">> = {
  ECONNREFUSED: "gone",
  ENOENT: "gone",
  ECONNRESET: "closing"
}

const failed = (cause: unknown): LockError =>
  new LockError({ reason: "failed", detail: cause instanceof Error ? cause.message : String(cause) })

const attempt = <A>(evaluate: () => Promise<A>): Effect.Effect<A, LockError> =>
  Effect.tryPromise({ try: evaluate, catch: failed })

/** Where the sockets of a directory are: in it, or, where its path is too long, in the system's for temporary files. */
const socketDirectory = Effect.fnUntraced(function*(directory: string) {
  const real = yield* attempt(() => Fs.realpath(directory))
  if (Buffer.byteLength(real) <= pathBytesMax) return real
  const short = join(tmpdir(), `hostless-${createHash("sha256").update(real).digest("hex").slice(0, 16)}`)
  yield* attempt(() => Fs.mkdir(short, { recursive: true, mode: 0o700 }))
  return short
})

const listen = (server: Net.Server, path: string): Effect.Effect<void, NodeJS.ErrnoException> =>
  Effect.async((resume) => {
    server.once("error", (error) => resume(Effect.fail(error)))
    server.listen(path, () => resume(Effect.void))
  })

const closed = (server: Net.Server): Effect.Effect<void> =>
  Effect.async((resume) => void server.close(() => resume(Effect.void)))

const say = (socket: Net.Socket, word: "h" | "c"): void => {
  socket.on("error", () => {}).end(word, () => socket.destroy())
}

/** A listener that closes while it is asked says nothing; the next time it is gone. */
const askAgainMax = 5

/** What the process behind a socket file says: one byte, `h` once it has the lock, `c` before. */
const ask = (path: string): Effect.Effect<Answer> =>
  Effect.repeat(askOnce(path), { until: (answer): boolean => answer !== "closing", times: askAgainMax }).pipe(
    Effect.map((answer) => answer === "closing" ? "held" : answer),
    Effect.timeoutTo({ duration: answerMs, onSuccess: (answer) => answer, onTimeout: (): Answer => "held" })
  )

const askOnce = (path: string): Effect.Effect<Answer | "closing"> =>
  Effect.async<Answer | "closing">((resume) => {
    const socket = Net.connect(path)
    let answer: Answer | "closing" | null = null
    socket.on("data", (data) => {
      answer = data[0] === 0x63 ? "contending" : "held"
    })
    // Who takes connections lives, whatever it says.
    socket.on("connect", () => answer ??= "contending")
    socket.on("error", (error: NodeJS.ErrnoException) => {
      answer ??= answers[error.code ?? ""] ?? "held"
    })
    socket.on("close", () => resume(Effect.succeed(answer ?? "gone")))
    return Effect.sync(() => socket.destroy())
  })

const taken = new LockError({ reason: "locked", detail: "another process has it" })

/** Holds the lock of an existing directory while the scope is open; LockError `locked` where another process has it. */
export const acquire = (directory: string): Effect.Effect<void, LockError, Scope.Scope> =>
  process.platform === "win32" ? acquirePipe(directory) : acquireSocket(directory)

const acquireSocket = Effect.fnUntraced(function*(directory: string) {
  const sockets = yield* socketDirectory(directory)
  const id = randomBytes(8).toString("hex")
  const mine = `lock-${id}`
  const at = (name: string) => join(sockets, name)
  let holds = false
  const server = yield* Effect.acquireRelease(
    Effect.sync(() => Net.createServer((socket) => say(socket, holds ? "h" : "c")).unref()),
    (server) =>
      Effect.zipRight(
        Effect.ignore(attempt(() => Fs.rm(at(mine), { force: true }))),
        closed(server)
      )
  )
  // Under another name first: a file of a lock's name answers from its first moment on.
  yield* Effect.mapError(listen(server, at(`new-${id}`)), failed)
  yield* attempt(() => Fs.rename(at(`new-${id}`), at(mine)))

  const look = Effect.gen(function*() {
    const names = yield* attempt(() => Fs.readdir(sockets))
    let contenders = 0
    for (const name of names) {
      if (!lockName.test(name) || name === mine) continue
      const answer = yield* ask(at(name))
      if (answer === "held") return yield* taken
      if (answer === "gone") yield* attempt(() => Fs.rm(at(name), { force: true }))
      else if (name < mine) return yield* taken
      else contenders += 1
    }
    return contenders
  })
  yield* look.pipe(
    Effect.repeat({ until: (contenders) => contenders === 0, schedule: Schedule.spaced(askAgainMs) }),
    Effect.timeoutFail({ duration: contestMs, onTimeout: () => taken })
  )
  holds = true
})

const acquirePipe = Effect.fnUntraced(function*(directory: string) {
  const real = yield* attempt(() => Fs.realpath(directory))
  const hash = createHash("sha256").update(real.toLowerCase()).digest("hex").slice(0, 32)
  const server = yield* Effect.acquireRelease(
    Effect.sync(() => Net.createServer((socket) => say(socket, "h")).unref()),
    closed
  )
  yield* Effect.mapError(
    listen(server, `\\\\.\\pipe\\hostless-${hash}`),
    (error) => error.code === "EADDRINUSE" || error.code === "EACCES" ? taken : failed(error)
  )
})
