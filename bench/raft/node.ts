/**
 * A process of the bench: a Raft node with its log on disk, which takes commands from whoever connects. What it is to be
 * comes as an argument.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Context, Effect, FiberSet, Layer, type Scope, Stream } from "effect"
import * as Net from "node:net"
import * as DiscoveryStatic from "../../src/layers/discovery/DiscoveryStatic.ts"
import * as BeatChannelNone from "../../src/layers/health/BeatChannelNone.ts"
import * as NodeIdentityFixed from "../../src/layers/identity/NodeIdentityFixed.ts"
import * as PeerLinksTcp from "../../src/layers/links/PeerLinksTcp.ts"
import * as MessageQueuesBounded from "../../src/layers/queues/MessageQueuesBounded.ts"
import * as RaftLogLinks from "../../src/layers/raft/RaftLogLinks.ts"
import * as RaftStorageSqlite from "../../src/layers/raft/RaftStorageSqlite.ts"
import { Application } from "../../src/services/Application.ts"
import { ClusterConfig } from "../../src/services/ClusterConfig.ts"
import { RaftLog, type RaftLogService } from "../../src/services/RaftLog.ts"
import { StateMachine } from "../../src/services/StateMachine.ts"
import { Counting } from "./Counting.ts"
import { joined } from "./Joined.ts"
import { idOf } from "./Members.ts"
import { answerOf, type Heard, parseRequest, Records, requestBytes, type Setup } from "./Protocol.ts"

const tell = (heard: Heard): void => void process.send?.(heard)

const placeOf = ({ n, places }: Setup): readonly [address: string, port: number] => {
  const [address, port] = places[n - 1]!.split(":") as [string, string]
  return [address, Number(port)]
}

const start = (setup: Setup) => {
  const [address, port] = placeOf(setup)
  return Layer.build(
    RaftLogLinks.layer({ voters: setup.places.map((_, i) => idOf(i + 1)) }).pipe(
      Layer.provideMerge(PeerLinksTcp.layer({ address, port })),
      Layer.provideMerge(DiscoveryStatic.layer({ peers: setup.places.filter((_, i) => i !== setup.n - 1) })),
      Layer.provideMerge(Layer.mergeAll(
        BeatChannelNone.layer,
        ClusterConfig.layer({ cluster: "bench" }),
        Application.layer({ name: "bench", version: 1 }),
        MessageQueuesBounded.layer,
        NodeIdentityFixed.layer({ peerId: idOf(setup.n) }),
        RaftStorageSqlite.layer({ directory: setup.directory }),
        StateMachine.layer(() => new Counting())
      ))
    )
  ).pipe(Effect.map((context) => Context.get(context, RaftLog)))
}

/** Takes commands from whoever connects, and answers each when it is committed, or is not. */
const serve = Effect.fnUntraced(function*(log: RaftLogService, address: string) {
  const run = yield* FiberSet.makeRuntime<never>()
  const server = Net.createServer({ noDelay: true }, (socket) => {
    const write = joined(socket)
    const records = new Records(requestBytes)
    socket.on("error", () => {})
    socket.on("data", (chunk: Buffer) => {
      for (const record of records.push(chunk)) {
        const { command, number } = parseRequest(record)
        run(Effect.match(log.propose(command), {
          onFailure: () => write(answerOf(number, false)),
          onSuccess: () => write(answerOf(number, true))
        }))
      }
    })
  })
  yield* Effect.async<void>((resume) => void server.listen(0, address, () => resume(Effect.void)))
  return (server.address() as Net.AddressInfo).port
})

const main: Effect.Effect<never, unknown, Scope.Scope> = Effect.gen(function*() {
  const setup: Setup = JSON.parse(process.argv[2]!)
  process.on("disconnect", () => process.exit())
  const log = yield* start(setup)
  tell({ _tag: "up", commands: yield* serve(log, placeOf(setup)[0]) })
  const voters = setup.places.map((_, i) => idOf(i + 1))
  yield* Effect.forkScoped(Stream.runForEach(log.changes, ({ leader }) =>
    Effect.sync(() => {
      tell({ _tag: "leader", leader: leader === null ? null : voters.indexOf(leader) + 1 })
    })))
  return yield* Effect.never
})

NodeRuntime.runMain(
  Effect.tapError(Effect.scoped(main), (error) => Effect.sync(() => tell({ _tag: "failed", detail: `${error}` })))
)
