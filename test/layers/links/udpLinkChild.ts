/** A node with links over UDP in a process of its own, until it is killed: `udpLinkChild.ts N ADDRESS [HOST:PORT]`. */
import { Effect } from "effect"
import * as PeerLinksUdp from "../../../src/layers/links/PeerLinksUdp.ts"
import { World } from "../../../src/testing/LinkNodes.ts"
import { wiringOf } from "./linkNodes.ts"

const [n, address, place] = process.argv.slice(2)
const [host, port] = (place ?? "").split(":")

const wiring = wiringOf(PeerLinksUdp.layer)(() => ({ address: address!, port: 0 }))

const program = Effect.gen(function*() {
  const places = place === undefined ? [] : [{ address: host!, port: Number(port) }]
  const node = yield* new World(wiring).node({ n: Number(n), places })
  process.stdout.write(`${node.links.place.port}\n`)
  return yield* Effect.never
})

// A program of its own, for its test only.
void Effect.runPromise(Effect.scoped(program))
