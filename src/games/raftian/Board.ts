/** What Raftian's rules measure by, and where its cities lie. */

export const raftianRules = {
  hp: 100,
  damage: 30,
  seatsMin: 1,
  seatsMax: 8,
  /** So many happenings are remembered. */
  happeningsMax: 12,
  /** Nothing ticks here: how often a second bots are asked, and how fast a screen may speak. */
  tickRate: 60
} as const

export interface RaftianPlace {
  readonly x: number
  readonly y: number
}

const diagonal = Math.sqrt(0.5)

/** A ring of radius 1, y downwards. The first of them lie as far from each other as so many can. */
export const raftianPlaces: ReadonlyArray<RaftianPlace> = [
  { x: -1, y: 0 },
  { x: 1, y: 0 },
  { x: 0, y: -1 },
  { x: 0, y: 1 },
  { x: -diagonal, y: -diagonal },
  { x: diagonal, y: diagonal },
  { x: diagonal, y: -diagonal },
  { x: -diagonal, y: diagonal }
]
