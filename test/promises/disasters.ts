/** Random disasters for whole clusters: what befalls them, by seed. */
import { Effect, type Scope } from "effect"
import type { ClusterSettings } from "../../src/services/ClusterConfig.ts"
import { advance, type Cluster, makeCluster, type TestNode } from "../cluster/cluster.ts"

export type Kind = "kill" | "start" | "quit" | "freeze" | "lag" | "cut" | "heal"

export interface Plan {
  readonly seed: number
  readonly kinds: ReadonlyArray<Kind>
  readonly settings?: Partial<ClusterSettings>
  readonly nodes?: number
  readonly disasters?: number
  readonly latencyMs?: number
}

export interface Aftermath {
  readonly cluster: Cluster
  /** Every node that ever lived. */
  readonly everybody: ReadonlyArray<TestNode>
  /** What happened, for whoever looks into a failure. */
  readonly story: ReadonlyArray<string>
}

/** xorshift32 */
const chanceOf = (seed: number) => {
  let x = Math.imul(seed, 0x9e3779b9) | 1
  return (below: number): number => {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    return (x >>> 0) % below
  }
}

/** Starts a cluster, lets the disasters happen, ends them all, and gives it time to settle. `step`: after each. */
export const suffer = (
  { disasters = 8, kinds, latencyMs = 1, nodes = 4, seed, settings = {} }: Plan,
  step: (cluster: Cluster) => Effect.Effect<void> = () => Effect.void
): Effect.Effect<Aftermath, never, Scope.Scope> =>
  Effect.gen(function*() {
    const chance = chanceOf(seed)
    const cluster = yield* makeCluster({ settings, latencyMs })
    const everybody: Array<TestNode> = []
    const story: Array<string> = []
    const start = (n: number) =>
      Effect.map(cluster.start(n, { bots: 1 }), (node) => {
        everybody.push(node)
        return node
      })
    const ns = Array.from({ length: nodes }, (_, i) => 2 * i + 2)
    for (const n of ns) yield* start(n)
    yield* advance(3_500)

    // Fresh nodes come under ids of their own, in no order.
    const fresh = [7, 13, 1, 15, 9, 5, 11, 3]
    const pick = () => cluster.live()[chance(cluster.live().length)]!
    const frozen = new Set<TestNode>()
    const thawAll = () => {
      for (const node of frozen) node.process.resume()
      frozen.clear()
    }
    const befall = Effect.fnUntraced(function*(kind: Kind) {
      switch (kind) {
        case "kill":
        case "quit": {
          if (cluster.live().length < 2) return
          const node = pick()
          story.push(`${kind} ${node.n}`)
          if (kind === "kill") yield* cluster.kill(node)
          else yield* Effect.forkDaemon(cluster.quit(node))
          return
        }
        case "start": {
          const n = fresh.pop()
          if (n === undefined) return
          story.push(`start ${n}`)
          yield* start(n)
          return
        }
        case "freeze": {
          const node = pick()
          story.push(`freeze ${node.n}`)
          frozen.add(node)
          yield* cluster.freeze(node)
          return
        }
        case "lag": {
          // Nothing comes to it for a moment; it is not suspected for that.
          const node = pick()
          const others = cluster.live().filter((other) => other !== node)
          story.push(`lag ${node.n}`)
          yield* Effect.forEach(others, (other) => cluster.lan.cutOneWay(other.peerId, node.peerId), { discard: true })
          const ms = 20 + chance(180)
          yield* Effect.forkScoped(Effect.zipRight(
            advance(ms),
            Effect.forEach(others, (other) => cluster.lan.heal(other.peerId, node.peerId))
          ))
          return
        }
        case "cut": {
          const all = cluster.live().map(({ n }) => n)
          const some = all.filter(() => chance(2) === 0)
          story.push(`split ${some.join(" ")}`)
          yield* cluster.split(some, all.filter((n) => !some.includes(n)))
          return
        }
        case "heal":
          return yield* healAll
      }
    })
    const healAll = Effect.suspend(() => {
      story.push("heal")
      const all = everybody.map(({ n }) => n)
      return cluster.rejoin(all, all)
    })
    for (let i = 0; i < disasters; i++) {
      yield* befall(kinds[chance(kinds.length)]!)
      yield* step(cluster)
      yield* advance(chance(3) === 0 ? chance(30) : 100 + chance(600))
      if (chance(2) === 0) thawAll()
      yield* step(cluster)
    }
    thawAll()
    yield* healAll
    yield* advance(6_000)
    story.push(`epoch ${cluster.live()[0]?.standings.at(-1)?.reign?.epoch}`)
    return { cluster, everybody, story }
  })

/** Seeds for a run; more of them with `DISASTERS=100`. */
export const seeds = (count: number, first = 1): ReadonlyArray<number> =>
  Array.from({ length: Number(process.env["DISASTERS"] ?? count) }, (_, i) => first + i)
