/**
 * A LAN of network namespaces on one bridge. The bridge has a namespace of its own too, so nothing of it touches this
 * machine's own network. Everything is removed with the scope.
 */
import { Effect, Exit, Random, type Scope } from "effect"
import type { BenchError, Ground, Read } from "../NodeProcess.ts"
import * as Commands from "./Commands.ts"
import * as Faults from "./Faults.ts"
import * as Window from "./Window.ts"

export interface LanNetwork {
  readonly ground: Ground
  /** From its return on these faults are there, and no others. A fault in several places comes within some 20 ms. */
  readonly apply: (faults: Faults.Faults) => Effect.Effect<void, BenchError>
  /** A place loses this share of the packets that it sends to itself, and hears nobody else's loss. */
  readonly lossOnLoopback: (place: number, share: number) => Effect.Effect<void, BenchError>
  /** A place's cable is pulled out. */
  readonly unplug: (place: number) => Effect.Effect<void, BenchError>
  readonly plug: (place: number) => Effect.Effect<void, BenchError>
}

/** A name that nobody else's namespaces begin with: the process's id tells whose they were, if this one is killed. */
const freshName: Effect.Effect<string> = Effect.map(
  Random.nextIntBetween(0x1000, 0x10000),
  (chance) => `hl${process.pid.toString(16)}${chance.toString(16)}`
)

const namespace = (name: string): Effect.Effect<void, BenchError, Scope.Scope> =>
  Effect.asVoid(Effect.acquireRelease(
    Commands.run(["ip", "netns", "add", name]),
    () => Effect.ignore(Commands.run(["ip", "netns", "delete", name]))
  ))

const enter = (name: string): ReadonlyArray<string> => ["ip", "netns", "exec", name]

const restore = (name: string, table: string): Effect.Effect<void, BenchError> =>
  Commands.run([...enter(name), "iptables-restore"], table)

/** `places` namespaces, from 0 on, each with one cable into the bridge, its own address and a window. */
export const make = Effect.fnUntraced(function*(places: number) {
  const name = yield* freshName
  const net = `10.77.${yield* Random.nextIntBetween(0, 256)}`
  const hub = `${name}-hub`
  const placeOf = (place: number) => `${name}-${place + 1}`
  const addressOf = (place: number) => `${net}.${place + 1}`
  const cable = (place: number) => `cable${place + 1}`

  yield* namespace(hub)
  yield* Commands.runAll([`ip -n ${hub} link add bridge type bridge`, `ip -n ${hub} link set bridge up`])
  const windows: Array<Read> = []
  for (let place = 0; place < places; place++) {
    yield* namespace(placeOf(place))
    yield* Commands.runAll([
      `ip -n ${hub} link add ${cable(place)} type veth peer name eth0 netns ${placeOf(place)}`,
      `ip -n ${hub} link set ${cable(place)} master bridge up`,
      `ip -n ${placeOf(place)} link set lo up`,
      `ip -n ${placeOf(place)} address add ${addressOf(place)}/24 broadcast + dev eth0`,
      `ip -n ${placeOf(place)} link set eth0 up`
    ])
    windows.push(yield* Window.open(enter(placeOf(place))))
  }

  const tables = Array.from({ length: places }, (_, place) => Faults.table(Faults.none, place, addressOf))
  const turn = (place: number, way: "up" | "down") => Commands.run(["ip", "-n", hub, "link", "set", cable(place), way])
  return {
    ground: {
      address: addressOf,
      runner: (place) => enter(placeOf(place)),
      read: (place) => windows[place]
    },
    apply: (faults) =>
      Effect.forEach(tables, (before, place) => {
        const table = Faults.table(faults, place, addressOf)
        if (table === before) return Effect.void
        tables[place] = table
        return restore(placeOf(place), table)
      }, { concurrency: "unbounded", discard: true }),
    lossOnLoopback: (place, share) => restore(placeOf(place), Faults.loopbackTable(share)),
    unplug: (place) => turn(place, "down"),
    plug: (place) => turn(place, "up")
  } satisfies LanNetwork as LanNetwork
})

/** Why there can be no such network here, and what to do about it; null: there can. */
export const missing: Effect.Effect<string | null> = Effect.scoped(Effect.gen(function*() {
  if (process.platform !== "linux") return "Network namespaces are Linux's: run it there."
  if (process.getuid?.() !== 0) return "It makes network namespaces, which takes root: run it as root, e.g. with sudo."
  const name = yield* freshName
  const tried = yield* Effect.exit(Effect.zipRight(
    namespace(name),
    restore(name, Faults.table(Faults.loss(0.5), 0, () => ""))
  ))
  if (Exit.isSuccess(tried)) return null
  const why = tried.cause._tag === "Fail" ? tried.cause.error.detail : "it was interrupted"
  return `No network namespace with packet loss can be made here: ${why}. `
    + "It takes iproute2 (ip), iptables with its statistic match, and the right to administer the network."
}))
