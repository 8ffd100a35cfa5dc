/** Looking for servers over any carrier that can send a datagram to all of them: when to ask, and whom to remember. */
import { Effect } from "effect"
import { announcementBytesMax, protocolVersion, type Seek } from "../../protocol/Discovery.ts"
import type { Place } from "../../services/Discovery.ts"
import type { Servers } from "../../services/ServerList.ts"
import * as DiscoveryTable from "./DiscoveryTable.ts"

/** The most servers that are known at a time, and how long one is that nobody tells of any more, in milliseconds. */
const serversMax = 64
const keptMs = 5_000
/** When it is asked first, and how often then, in milliseconds. */
const startPausesMs = [0, 50, 100, 250]
export const everyMs = 1_000

/** As long as any answer, so that one is given. */
const question = (cluster: string): Uint8Array => {
  const seek: Seek = { hostless: protocolVersion, kind: "seek", cluster, pad: "" }
  const length = DiscoveryTable.encode(seek).length
  return DiscoveryTable.encode({ ...seek, pad: ".".repeat(announcementBytesMax - length) })
}

/** Asks on and on, while in scope. */
export const make = Effect.fnUntraced(function*(cluster: string, ask: (question: Uint8Array) => void) {
  const clock = yield* Effect.clock
  const known = new Map<string, { readonly place: Place; readonly heardAtMs: number }>()
  const hear = (place: Place): void => {
    const key = `${place.address}:${place.port}`
    known.delete(key)
    known.set(key, { place, heardAtMs: clock.unsafeCurrentTimeMillis() })
    if (known.size > serversMax) known.delete(known.keys().next().value!)
  }
  const asked = question(cluster)
  yield* Effect.forkScoped(Effect.gen(function*() {
    for (const ms of startPausesMs) yield* Effect.zipRight(Effect.sleep(ms), Effect.sync(() => ask(asked)))
    yield* Effect.forever(Effect.zipRight(Effect.sleep(everyMs), Effect.sync(() => ask(asked))))
  }))
  const service: Servers = {
    places: Effect.sync(() => {
      const before = clock.unsafeCurrentTimeMillis() - keptMs
      for (const [key, { heardAtMs }] of known) if (heardAtMs < before) known.delete(key)
      return Array.from(known.values(), ({ place }) => place)
    }),
    learn: (places) => Effect.sync(() => places.forEach(hear))
  }
  return {
    service,
    hear,
    /** One datagram, whatever it is. */
    receive: (datagram: Uint8Array): void => {
      const call = DiscoveryTable.decode(datagram)
      if (call === null || call.kind === "seek" || call.cluster !== cluster || call.clientPort === null) return
      hear({ address: call.address, port: call.clientPort })
    }
  }
})
