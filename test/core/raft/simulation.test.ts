/** Half of the random schedules: see `simulation/halves.ts`. */
import { playHalf } from "./simulation/halves.ts"

playHalf(0)
