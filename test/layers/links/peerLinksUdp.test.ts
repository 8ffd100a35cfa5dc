/**
 * The suite of links over UDP: over this machine's loopback, and over a virtual LAN that loses, doubles and reorders
 * datagrams, in virtual time.
 */
import { describe, it } from "@effect/vitest"
import { Effect, Layer, Logger, LogLevel } from "effect"
import * as BeatChannelNone from "../../../src/layers/health/BeatChannelNone.ts"
import * as PeerLinksUdp from "../../../src/layers/links/PeerLinksUdp.ts"
import * as DatagramsDgram from "../../../src/layers/udp/DatagramsDgram.ts"
import * as VirtualDatagrams from "../../../src/layers/virtual/VirtualDatagrams.ts"
import * as VirtualLan from "../../../src/layers/virtual/VirtualLan.ts"
import type { Conditions } from "../../../src/layers/virtual/VirtualNetwork.ts"
import * as VirtualTime from "../../../src/simulation/time/VirtualTime.ts"
import * as UdpRaw from "../../../src/testing/DatagramPeers.ts"
import { idOf, type Wiring } from "../../../src/testing/LinkNodes.ts"
import { suite } from "../../../src/testing/PeerLinksSuite.ts"
import { often } from "../../setup/often.ts"

/** Refusals are told aloud, once; not here. */
const quiet = <A, E, R>(effect: Effect.Effect<A, E, R>) => Logger.withMinimumLogLevel(effect, LogLevel.None)

const udp: Wiring = {
  links: ({ format }) =>
    Layer.provideMerge(PeerLinksUdp.layer({ address: "127.0.0.1", port: 0, format }), BeatChannelNone.layer),
  dial: (place) =>
    Effect.flatMap(DatagramsDgram.make, (datagrams) => UdpRaw.dial(UdpRaw.mortal(datagrams), "127.0.0.1", place)),
  listen: (_n, take) =>
    Effect.flatMap(DatagramsDgram.make, (datagrams) => UdpRaw.listen(UdpRaw.mortal(datagrams), "127.0.0.1", take)),
  drive: (effect) => effect
}

suite(
  "UDP",
  Effect.succeed(udp),
  (name, body, timeout) => it.scopedLive(name, () => quiet(body() as never), timeout),
  describe
)

const virtual = (conditions: Partial<Conditions>) =>
  Effect.gen(function*() {
    const lan = yield* VirtualLan.make({ transport: "udp" })
    yield* lan.setConditions(conditions)
    let raws = 0
    const process = (n: number) =>
      Effect.map(
        Effect.acquireRelease(
          Effect.sync(() => lan.network.join(idOf(n))),
          (machine) => Effect.sync(() => lan.network.leave(machine))
        ),
        (machine) => {
          let words = n
          const datagrams = VirtualDatagrams.make(
            lan.network,
            machine,
            () => words = Math.imul(words, 0x01000193) >>> 0
          )
          return { address: machine.place.address, mortal: UdpRaw.mortal(datagrams) }
        }
      )
    const wiring: Wiring = {
      links: () => Layer.provideMerge(lan.links, lan.beats),
      dial: (place) =>
        Effect.flatMap(process(0xff000000 + ++raws), ({ address, mortal }) => UdpRaw.dial(mortal, address, place)),
      listen: (n, take) => Effect.flatMap(process(n), ({ address, mortal }) => UdpRaw.listen(mortal, address, take)),
      drive: (effect) => effect
    }
    return wiring
  })

/** Other seeds give other runs: UDP_SEEDS=20 for so many. */
const seeds = Number(process.env["UDP_SEEDS"] ?? 1)
for (const loss of often([0.05], [0, 0.05, 0.2])) {
  const conditions = { latencyMs: 1, jitterMs: loss === 0 ? 0 : 3, loss, duplication: loss / 2 }
  for (let seed = 1; seed <= seeds; seed++) {
    suite(
      `UDP on a virtual LAN that loses ${loss * 100} %${seeds === 1 ? "" : `, seed ${seed}`}`,
      virtual(conditions),
      (name, body, timeout) => it(name, () => VirtualTime.runSync(quiet(body() as never), { seed }), timeout),
      describe
    )
  }
}
