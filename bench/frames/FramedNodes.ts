/** Three processes of the experiment, as the bench sees them. */
import { Deferred, Effect, Random, type Scope } from "effect"
import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import { BenchError } from "../../src/programs/bench/NodeProcess.ts"
import type { Heard, Measure, Setup } from "./Protocol.ts"

/** Built next to the program itself. */
const built = fileURLToPath(new URL("./frames.js", import.meta.url))
/** As the program itself runs. */
const flags = ["--semi-space-growth-factor=1", "--no-parallel-scavenge", "--enable-source-maps"]
const startMs = 20_000
const many = 3

type Leader = Extract<Heard, { readonly _tag: "leader" }>
type Measured = Extract<Heard, { readonly _tag: "measured" }>

class Node {
  leader: Leader | null = null
  onLeader: (heard: Leader) => void = () => {}
  onMeasured: (heard: Measured) => void = () => {}
  gone = false

  constructor(readonly n: number, readonly child: ChildProcess) {
    child.on("message", (heard: Heard) => {
      if (heard._tag === "measured") return this.onMeasured(heard)
      this.leader = heard
      this.onLeader(heard)
    })
    child.once("exit", () => {
      this.gone = true
    })
  }
}

export interface FramedNodes {
  /** All propose and time their frames for so long. */
  readonly measure: (seconds: number) => Effect.Effect<ReadonlyArray<Measured>, BenchError>
  /** Stops the leader as a lid that is closed does, until another leads: after how many milliseconds. */
  readonly electAnew: Effect.Effect<number, BenchError>
}

/** Runs with the scope. */
export const start = Effect.fnUntraced(function*(
  what: Pick<Setup, "fps" | "frameMs" | "raft">
): Effect.fn.Return<FramedNodes, BenchError, Scope.Scope> {
  const net = `127.${yield* Random.nextIntBetween(20, 250)}.${yield* Random.nextIntBetween(1, 250)}`
  const port = yield* Random.nextIntBetween(20_000, 30_000)
  const places = Array.from({ length: many }, (_, i) => `${net}.${i + 1}:${port}`)
  const nodes = yield* Effect.forEach(places, (_, i) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        const setup: Setup = { ...what, n: i + 1, places }
        return new Node(
          i + 1,
          fork(built, [JSON.stringify(setup)], { execArgv: flags, stdio: ["ignore", 2, 2, "ipc"] })
        )
      }),
      ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
    ))

  /** The one that all but `without` follow, if it is one of them. */
  const leading = (without: Node | null): Node | null => {
    const asked = nodes.filter((node) => node !== without)
    const [first] = asked
    const found = asked.find(({ n }) => n === first?.leader?.leader) ?? null
    return found !== null && asked.every(({ leader }) => leader?.leader === found.n) ? found : null
  }
  const until = <A>(look: () => A | null, what: string): Effect.Effect<A, BenchError> =>
    Effect.async<A>((resume) => {
      const check = (): void => {
        const found = look()
        if (found === null) return
        for (const node of nodes) node.onLeader = () => {}
        resume(Effect.succeed(found))
      }
      for (const node of nodes) node.onLeader = check
      check()
    }).pipe(Effect.timeoutFail({
      duration: startMs,
      onTimeout: () => new BenchError({ detail: `Waited in vain for ${what}.` })
    }))

  if (what.raft !== null) yield* until(() => leading(null), "the three nodes to have a leader")

  return {
    measure: (seconds) =>
      Effect.forEach(nodes, (node) =>
        Effect.gen(function*() {
          const done = yield* Deferred.make<Measured>()
          node.onMeasured = (heard) => Deferred.unsafeDone(done, Effect.succeed(heard))
          node.child.send({ _tag: "measure", seconds } satisfies Measure)
          return yield* Effect.timeoutFail(Deferred.await(done), {
            duration: seconds * 1_000 + startMs,
            onTimeout: () => new BenchError({ detail: "A node has not told what it measured." })
          })
        }), { concurrency: "unbounded" }),
    electAnew: Effect.gen(function*() {
      const old = yield* until(() => leading(null), "a leader")
      const beganMs = performance.timeOrigin + performance.now()
      const next = yield* Effect.acquireUseRelease(
        Effect.sync(() => old.child.kill("SIGSTOP")),
        () => until(() => leading(old), "another leader"),
        () => Effect.sync(() => old.child.kill("SIGCONT"))
      )
      return next.leader!.atMs - beganMs
    })
  }
})
