/** Garbage on every port of nodes that play: some of each kind. `garbage.long.test.ts` throws a hundred times as much. */
import { garbageInTurn } from "./garbageSuite.ts"

garbageInTurn(50)
