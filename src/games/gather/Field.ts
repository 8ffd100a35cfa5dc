/** What Gather's rules measure by. Lengths in pixels, speed in pixels per second, times in ticks. */
export const gatherRules = {
  width: 600,
  height: 400,
  /** The side of players and gatherables alike. */
  square: 20,
  tickRate: 60,
  speed: 150,
  gatherables: 3,
  pointsToWin: 5,
  /** How long a round's winner is celebrated: 2 s. */
  celebrationTicks: 120,
  seatsMax: 16,
  /** No player appears with its centre nearer than this to another's. */
  spawnDistanceMin: 50
} as const

/** How far right and down a square goes. */
export const xMax = gatherRules.width - gatherRules.square
export const yMax = gatherRules.height - gatherRules.square
