/**
 * `npm run bench -- udp`: the links between nodes over UDP beside those over TCP, on a network that loses packets: how long a
 * message takes, how much passes, and whether each comes once and in order. The network is a namespace's loopback.
 */
import { Command, Options } from "@effect/cli"
import { Console, Context, Effect, Layer, Random, Schedule, Schema, type Scope, Stream } from "effect"
import * as DiscoveryStatic from "../src/layers/discovery/DiscoveryStatic.ts"
import * as BeatChannelNone from "../src/layers/health/BeatChannelNone.ts"
import * as NodeIdentityFresh from "../src/layers/identity/NodeIdentityFresh.ts"
import type { LinkOptions, LinksLayer } from "../src/layers/links/LinkPlace.ts"
import * as PeerLinksTcp from "../src/layers/links/PeerLinksTcp.ts"
import * as PeerLinksUdp from "../src/layers/links/PeerLinksUdp.ts"
import * as MessageQueuesBounded from "../src/layers/queues/MessageQueuesBounded.ts"
import * as Figures from "../src/programs/bench/Figures.ts"
import * as LanNetwork from "../src/programs/bench/lan/LanNetwork.ts"
import * as LossyLoopback from "../src/programs/bench/lan/LossyLoopback.ts"
import { BenchError } from "../src/programs/bench/NodeProcess.ts"
import * as ExitCode from "../src/programs/ExitCode.ts"
import * as OptionChecks from "../src/programs/OptionChecks.ts"
import type { MessageOf } from "../src/protocol/Conversation.ts"
import { Epoch, InputNumber, PeerId, RoomId, SeatId, Seq } from "../src/protocol/Ids.ts"
import { Application } from "../src/services/Application.ts"
import { ClusterConfig } from "../src/services/ClusterConfig.ts"
import { MessageQueues } from "../src/services/MessageQueues.ts"
import { PeerLinks } from "../src/services/PeerLinks.ts"

/** Shares of packets that get lost. */
const losses = [0, 0.01, 0.05, 0.2] as const
const transports = ["udp", "tcp"] as const
/** As a host that ticks. */
const messagesPerSecond = 60
/** So large are the messages that fill the link, and so many bytes are under way at most. */
const largeBytes = 16 * 1024
const underWayMax = 256 * 1024
/** How long a message may take after the last was sent, in milliseconds. */
const lateMs = 5_000

const Measured = Schema.Struct({
  transport: Schema.Literal(...transports),
  latencyMs: Schema.Struct({
    samples: Schema.Int,
    p50: Schema.NullOr(Schema.Number),
    p90: Schema.NullOr(Schema.Number),
    p99: Schema.NullOr(Schema.Number),
    max: Schema.NullOr(Schema.Number)
  }),
  goodputMBps: Schema.Number,
  sent: Schema.Int,
  /** Not there when the bench stopped waiting. */
  late: Schema.Int,
  doubled: Schema.Int,
  outOfOrder: Schema.Int
})
type Measured = typeof Measured.Type

const options = {
  seconds: OptionChecks.count(
    "seconds",
    1,
    3_600,
    5,
    "how long each is measured: ticks for so long, then as much as passes"
  ),
  here: Options.boolean("here").pipe(
    Options.withDescription("measures on this machine's loopback as it is, without loss, and needs no rights")
  ),
  json: Options.boolean("json").pipe(Options.withDescription("prints the report as JSON"))
}

export const command = Command.make(
  "udp",
  options,
  ({ here, json, seconds }) =>
    Effect.scoped(here ? measureBoth(0, seconds) : onLossyNetworks(seconds)).pipe(
      Effect.tap((report) => Console.log(json ? JSON.stringify(report, null, 2) : describe(report))),
      Effect.flatMap((report) =>
        report.every(({ doubled, outOfOrder }) => doubled + outOfOrder === 0)
          ? Effect.void
          : ExitCode.failed
      ),
      Effect.catchAll(ExitCode.complain)
    )
).pipe(Command.withDescription("Measures links over UDP beside links over TCP, at growing loss (Linux, as root)."))

interface Row extends Measured {
  readonly loss: number
}

const percent = (share: number): string => `${share * 100} %`

// ------------------------------------------------------------------ networks

/** Each share of loss in turn, in one namespace: this program measures there. */
const onLossyNetworks = Effect.fnUntraced(function*(seconds: number) {
  const missing = yield* LanNetwork.missing
  if (missing !== null) return yield* new BenchError({ detail: `${missing} Or add --here.` })
  const rows: Array<Row> = []
  for (const [done, loss] of losses.entries()) {
    const found = yield* Effect.scoped(inside(loss, seconds))
    rows.push(...found.map((measured) => ({ ...measured, loss })))
    Figures.progress(done + 1, losses.length, `${percent(loss)} loss`)
  }
  return rows as ReadonlyArray<Row>
})

const decodeReport = Schema.decodeUnknown(Schema.parseJson(Schema.Array(Measured)))

const inside = (loss: number, seconds: number) =>
  LossyLoopback.run(loss, ["udp", "--here", "--json", "--seconds", String(seconds)]).pipe(
    Effect.flatMap(({ output }) => decodeReport(output)),
    Effect.mapError((error) =>
      error instanceof BenchError ? error : new BenchError({ detail: `It ended without a report: ${error.message}` })
    )
  )

// ------------------------------------------------------------------ one measure

const layers: { readonly [transport in Measured["transport"]]: (options: LinkOptions) => LinksLayer } = {
  udp: PeerLinksUdp.layer,
  tcp: PeerLinksTcp.layer
}

const measureBoth = (loss: number, seconds: number) =>
  Effect.forEach(
    transports,
    (transport) => Effect.map(Effect.scoped(measure(transport, seconds)), (measured): Row => ({ ...measured, loss }))
  )

const end = Effect.fnUntraced(function*(
  transport: Measured["transport"],
  address: string,
  peers: ReadonlyArray<string>
) {
  const context = yield* Layer.build(
    layers[transport]({ address, port: 0 }).pipe(
      Layer.provideMerge(DiscoveryStatic.layer({ peers })),
      Layer.provideMerge(Layer.mergeAll(
        BeatChannelNone.layer,
        MessageQueuesBounded.layer,
        NodeIdentityFresh.layer({ name: address }),
        ClusterConfig.layer({ cluster: "bench" }),
        Application.layer({ name: "bench", version: 1 })
      ))
    )
  ).pipe(Effect.mapError(({ detail }) => new BenchError({ detail })))
  return { links: Context.get(context, PeerLinks), queues: Context.get(context, MessageQueues) }
})

/** A tick that says when it was sent, and weighs so much. */
const tick = (number: number, sentAtMs: number, pad: string): MessageOf<"replication"> => ({
  _tag: "events",
  reign: { epoch: Epoch.make(1), host: PeerId.make("00000000-0000-4000-8000-000000000000") },
  logs: [{
    room: RoomId.make("bench"),
    after: null,
    events: [{
      _tag: "tick",
      seq: Seq.make(number),
      inputs: [[SeatId.make(1), InputNumber.make(number), { sentAtMs, pad }]]
    }],
    shown: Seq.make(number),
    digest: null
  }]
})

/** What came at the other end. */
class Receipts {
  readonly latencies: Array<number> = []
  readonly seen = new Set<number>()
  doubled = 0
  outOfOrder = 0
  bytes = 0
  private last = 0

  take(message: MessageOf<"replication">): void {
    const event = message._tag === "events" ? message.logs[0]?.events[0] : undefined
    if (event?._tag !== "tick") return
    const [, number, input] = event.inputs[0]!
    const { pad, sentAtMs } = input as { readonly sentAtMs: number; readonly pad: string }
    if (this.seen.has(number)) this.doubled += 1
    else if (number < this.last) this.outOfOrder += 1
    this.seen.add(number)
    this.last = Math.max(this.last, number)
    if (pad === "") this.latencies.push(performance.now() - sentAtMs)
    else this.bytes += pad.length
  }
}

const measure = Effect.fnUntraced(function*(
  transport: Measured["transport"],
  seconds: number
): Effect.fn.Return<Measured, BenchError, Scope.Scope> {
  const net = `127.${yield* Random.nextIntBetween(20, 250)}.0`
  const to = yield* end(transport, `${net}.1`, [])
  const from = yield* end(transport, `${net}.2`, [`${to.links.place.address}:${to.links.place.port}`])
  const up = yield* Stream.runHead(Stream.filter(from.links.changes, ({ _tag }) => _tag === "up")).pipe(
    Effect.timeoutFail({ duration: 30_000, onTimeout: () => new BenchError({ detail: "The nodes were not linked." }) })
  )
  if (up._tag === "None" || up.value._tag !== "up") return yield* new BenchError({ detail: "The link is gone." })
  const { peerId } = up.value.peer
  const receipts = new Receipts()
  yield* Effect.forkScoped(Effect.forever(Effect.map(to.queues.take("replication"), (envelopes) => {
    for (const { message } of envelopes) receipts.take(message)
  })))

  let sent = 0
  const send = (pad: string) =>
    Effect.suspend(() => from.links.send(peerId, "replication", tick(++sent, performance.now(), pad)))
  const arrived = Effect.repeat(Effect.void, {
    until: () => receipts.seen.size >= sent,
    schedule: Schedule.spaced(5)
  }).pipe(Effect.timeoutOption(lateMs))

  yield* Effect.repeat(send(""), Schedule.fixed(1_000 / messagesPerSecond)).pipe(Effect.timeoutOption(seconds * 1_000))
  yield* arrived

  const pad = "x".repeat(largeBytes)
  const [ticks, began] = [sent, performance.now()]
  const fill = Effect.gen(function*() {
    while (true) {
      while ((sent - ticks) * largeBytes - receipts.bytes < underWayMax) yield* send(pad)
      yield* Effect.sleep(1)
    }
  })
  yield* Effect.timeoutOption(fill, seconds * 1_000)
  const goodput = receipts.bytes / 1e6 / ((performance.now() - began) / 1_000)
  yield* arrived
  return {
    transport,
    latencyMs: Figures.distribution(receipts.latencies),
    goodputMBps: Math.round(goodput * 10) / 10,
    sent,
    late: sent - receipts.seen.size,
    doubled: receipts.doubled,
    outOfOrder: receipts.outOfOrder
  }
})

const describe = (rows: ReadonlyArray<Row>): string =>
  [
    `ticks at ${messagesPerSecond} a second, then messages of ${largeBytes / 1024} KB as fast as they pass`,
    "",
    Figures.table([
      ["loss", "links", "p50 (ms)", "p99", "max", "MB/s", "late", "doubled", "out of order"],
      ...rows.map(({ doubled, goodputMBps, late, latencyMs, loss, outOfOrder, transport }) => [
        percent(loss),
        transport,
        `${latencyMs.p50 ?? "–"}`,
        `${latencyMs.p99 ?? "–"}`,
        `${latencyMs.max ?? "–"}`,
        `${goodputMBps}`,
        `${late}`,
        `${doubled}`,
        `${outOfOrder}`
      ])
    ])
  ].join("\n")
