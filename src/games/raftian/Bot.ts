/** Who rules a city when no human does: it goes for the weakest, takes its time, and lets others breathe now and then. */
import type { SeatId } from "../../protocol/Ids.ts"
import type { Bot } from "../Game.ts"
import { raftianRules } from "./Board.ts"
import { isInGame, type RaftianInput, type RaftianView } from "./Schemas.ts"

/** Plain data. */
export interface RaftianBotMemory {
  /** How often it must still be asked before it does anything; null: it has not thought of that yet. */
  readonly waits: number | null
  readonly phase: RaftianView["phase"]["name"] | null
}

/** It leaves others the time to come, to strike first, and to say `again` themselves. */
const waitMs: { readonly [phase in RaftianView["phase"]["name"]]: readonly [min: number, max: number] } = {
  open: [2500, 6000],
  fighting: [900, 2600],
  won: [8000, 12_000]
}

/** So often it lets a chance go by. */
const idles = 0.3

const start: RaftianBotMemory = { waits: null, phase: null }

const draw = (phase: RaftianView["phase"]["name"], random: () => number): number => {
  const [min, max] = waitMs[phase]
  return Math.round(((min + random() * (max - min)) / 1000) * raftianRules.tickRate)
}

/** The one with the least HP; of several one by chance. */
const weakest = ({ cities }: RaftianView, seat: SeatId, random: () => number): SeatId | null => {
  const others = Object.keys(cities).filter((key) => Number(key) !== seat && isInGame(cities[key]))
  const least = Math.min(...others.map((key) => cities[key]!.hp))
  const chosen = others.filter((key) => cities[key]!.hp === least)
  return chosen.length === 0 ? null : Number(chosen[Math.floor(random() * chosen.length)]) as SeatId
}

const decide = (view: RaftianView, seat: SeatId, random: () => number): RaftianInput | null => {
  if (view.phase.name === "won") return { again: true }
  if (!isInGame(view.cities[seat]) || random() < idles) return null
  const attacks = weakest(view, seat, random)
  return attacks === null ? null : { attacks }
}

export const raftianBot: Bot<RaftianInput, RaftianView, RaftianBotMemory> = {
  start,
  think: (view, seat, memory, random) => {
    const city = view.cities[seat]
    if (city === undefined || city.away) return { input: null, memory: start }
    const phase = view.phase.name
    const waits = memory.waits === null || memory.phase !== phase ? draw(phase, random) : memory.waits
    if (waits > 0) return { input: null, memory: { waits: waits - 1, phase } }
    return { input: decide(view, seat, random), memory: { waits: draw(phase, random), phase } }
  }
}
