/** Garbage on every port of nodes that play: some of each kind. `garbage.long.test.ts` throws 20,000. */
import { garbageInTurn } from "./garbageSuite.ts"

garbageInTurn(50)
