import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Layer, Schedule } from "effect"
import {
  BeatChannelNone,
  DiscoveryStatic,
  MessageQueuesBounded,
  NodeIdentityFixed,
  PeerLinksTcp,
  RaftLogLinks,
  RaftStorageSqlite
} from "hostless/layers"
import { PeerId } from "hostless/protocol"
import { Application, ClusterConfig, RaftLog, StateMachine } from "hostless/services"
import { join } from "node:path"

const places = (process.env["PLACES"] ?? "127.0.0.1:7101 127.0.0.1:7102 127.0.0.1:7103").split(" ")
const voters = places.map((_, i) => PeerId.make(`00000000-0000-4000-8000-00000000000${i + 1}`))
const me = Number(process.argv[2]) - 1
const [address, port] = places[me]!.split(":") as [string, string]

const utf8 = new TextEncoder()
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

/** The state is a number. Every node counts the same commands in the same order. */
const counter = StateMachine.layer(() => {
  let count = 0
  return {
    apply: () => utf8.encode(String(++count)),
    snapshot: () => utf8.encode(String(count)),
    restore: (snapshot) => {
      count = Number(textOf(snapshot))
    }
  }
})

const node = RaftLogLinks.layer({ voters }).pipe(
  Layer.provide(PeerLinksTcp.layer({ address, port: Number(port) })),
  Layer.provide(DiscoveryStatic.layer({ peers: places.filter((_, i) => i !== me) })),
  Layer.provide(Layer.mergeAll(
    Application.layer({ name: "counter", version: 1 }),
    ClusterConfig.layer({ cluster: "counters" }),
    NodeIdentityFixed.layer({ peerId: voters[me]! }),
    BeatChannelNone.layer,
    MessageQueuesBounded.layer
  )),
  Layer.provide([counter, RaftStorageSqlite.layer({ directory: join(import.meta.dirname, `counter-${me + 1}`) })])
)

const program = Effect.gen(function*() {
  const log = yield* RaftLog
  yield* log.propose(utf8.encode("one more")).pipe(
    Effect.flatMap((result) => Console.log(`node ${me + 1} counts ${textOf(result)}`)),
    Effect.catchAll(({ detail, reason }) => Console.log(`node ${me + 1}: ${reason}, ${detail}`)),
    Effect.repeat(Schedule.spaced("200 millis"))
  )
})

NodeRuntime.runMain(Effect.provide(program, node))
