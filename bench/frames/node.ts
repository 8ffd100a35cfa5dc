/**
 * A process of the experiment: a game loop and a Raft node, in one thread or in two. What it is to be comes as an
 * argument; what it measures goes to the process that started it.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Effect, type Scope } from "effect"
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads"
import { source } from "../../src/core/Random.ts"
import { GameLoop } from "./GameLoop.ts"
import type { Answered, Asked, Heard, Measure, Setup } from "./Protocol.ts"
import * as RaftSide from "./RaftSide.ts"

/** A command comes after so many milliseconds, from and to. */
const betweenMs = [4, 12] as const
const commandBytes = 64
/** Those that wait for longer are left out of a measure's end. */
const settleMs = 500

const tell = (heard: Heard): void => void process.send?.(heard)

/** The Raft node in a thread of its own: questions and answers go as messages. */
const inThread = (setup: Setup, heard: (message: Extract<Answered, { _tag: "leader" }>) => void) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => new Worker(new URL(import.meta.url), { workerData: setup })),
      (worker) => Effect.promise(() => worker.terminate())
    ),
    (worker): RaftSide.RaftSide => {
      const waiting = new Map<number, (committed: boolean) => void>()
      let number = 0
      worker.on("message", (message: Answered) => {
        if (message._tag === "leader") return heard(message)
        waiting.get(message.number)?.(message.committed)
        waiting.delete(message.number)
      })
      return {
        propose: (command, done) => {
          waiting.set(++number, done)
          worker.postMessage({ number, command } satisfies Asked)
        }
      }
    }
  )

const thread: Effect.Effect<never, unknown, Scope.Scope> = Effect.gen(function*() {
  const say = (message: Answered): void => parentPort!.postMessage(message)
  const side = yield* RaftSide.start(workerData as Setup, say)
  parentPort!.on(
    "message",
    ({ command, number }: Asked) => side.propose(command, (committed) => say({ _tag: "answer", number, committed }))
  )
  return yield* Effect.never
})

/** Proposes until the time is over, and tells how long each took. */
const measure = (side: RaftSide.RaftSide | null, loop: GameLoop | null, seconds: number): void => {
  const chance = source(11)
  const commitsMs: Array<number> = []
  let failed = 0
  loop?.watch()
  const endMs = performance.now() + seconds * 1_000
  const next = (): void => {
    const now = performance.now()
    if (now >= endMs) {
      const framesOffMs = loop?.seen() ?? []
      setTimeout(() => tell({ _tag: "measured", commitsMs, failed, framesOffMs }), settleMs)
      return
    }
    side?.propose(new Uint8Array(commandBytes), (committed) => {
      if (committed) commitsMs.push(performance.now() - now)
      else failed++
    })
    const [from, to] = betweenMs
    setTimeout(next, from + chance() * (to - from))
  }
  next()
}

const main: Effect.Effect<never, unknown, Scope.Scope> = Effect.gen(function*() {
  const setup: Setup = JSON.parse(process.argv[2]!)
  const start = setup.raft === "own thread" ? inThread : RaftSide.start
  const side = setup.raft === null ? null : yield* start(setup, tell)
  const loop = setup.fps === null ? null : new GameLoop(setup.fps, setup.frameMs)
  process.on("message", ({ seconds }: Measure) => measure(side, loop, seconds))
  process.on("disconnect", () => process.exit())
  return yield* Effect.never
})

NodeRuntime.runMain(Effect.scoped(isMainThread ? main : thread))
