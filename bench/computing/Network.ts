/** A modelled network, and how late a player sees what it did, by who computes. Seeded: the same each time. */
import { source } from "../../src/core/Random.ts"
import * as Figures from "../../src/programs/bench/Figures.ts"

export interface Network {
  /** One way, in milliseconds; jitter is the mean of an exponential one. */
  readonly lagMs: number
  readonly jitterMs: number
  /** A share. What is lost comes after a round trip and a half more. */
  readonly loss: number
}

export interface Seen {
  readonly latencyMs: Figures.Distribution
  /** The share of ticks that came half a period late or more, in per cent. */
  readonly latePercent: number
}

const seed = 11

const delaysOf = ({ jitterMs, lagMs, loss }: Network) => {
  const chance = source(seed)
  return (): number => {
    let ms = lagMs - jitterMs * Math.log(1 - chance())
    while (chance() < loss) ms += 3 * lagMs
    return ms
  }
}

const seen = (latencies: ReadonlyArray<number>, shownAt: ReadonlyArray<number>, periodMs: number): Seen => {
  const late = shownAt.filter((at, i) => i > 0 && at - shownAt[i - 1]! > 1.5 * periodMs).length
  return {
    latencyMs: Figures.distribution(latencies),
    latePercent: Math.round(1_000 * late / shownAt.length) / 10
  }
}

/** A host ticks; what it made of a tick goes to a player: `inOrder`, each after the one before, or the newest alone. */
export const hosted = (network: Network, ticks: number, periodMs: number, inOrder: boolean): Seen => {
  const delay = delaysOf(network)
  const arrives: Array<number> = []
  for (let tick = 0; tick < ticks; tick++) {
    const at = tick * periodMs + delay()
    arrives.push(inOrder ? Math.max(at, arrives[tick - 1] ?? 0) : at)
  }
  // Of views the newest stands for those before it.
  const shown = [...arrives]
  for (let tick = ticks - 2; tick >= 0; tick--) shown[tick] = Math.min(shown[tick]!, shown[tick + 1]!)
  const latencies: Array<number> = []
  for (let tick = 0; tick < ticks; tick++) {
    const appliedIn = Math.ceil((tick * periodMs + delay()) / periodMs)
    if (appliedIn < ticks) latencies.push(shown[appliedIn]! - tick * periodMs)
  }
  return seen(latencies, [...shown].sort((a, b) => a - b), periodMs)
}

/** Each sends its inputs to all, for some ticks later; nobody computes a tick before it has all of them. */
export const lockstep = (network: Network, ticks: number, periodMs: number, players: number): Seen => {
  const delay = delaysOf(network)
  const ahead = Math.ceil((network.lagMs + 2 * network.jitterMs) / periodMs) + 1
  const ran: Array<Array<number>> = Array.from({ length: players }, () => [])
  /** When a player has the inputs of all for a tick. */
  const complete: Array<Array<number>> = Array.from({ length: players }, () => Array<number>(ticks + ahead).fill(0))
  for (let tick = 0; tick < ticks; tick++) {
    for (let player = 0; player < players; player++) {
      ran[player]!.push(Math.max((ran[player]![tick - 1] ?? -periodMs) + periodMs, complete[player]![tick]!))
    }
    for (let from = 0; from < players; from++) {
      for (let to = 0; to < players; to++) {
        if (from === to) continue
        complete[to]![tick + ahead] = Math.max(complete[to]![tick + ahead]!, ran[from]![tick]! + delay())
      }
    }
  }
  const mine = ran[0]!
  return seen(mine.slice(ahead).map((at, tick) => at - mine[tick]!), mine, periodMs)
}
