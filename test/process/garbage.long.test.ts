/** Garbage on every port of nodes that play: so much of each kind that what stayed of it would show. */
import { garbage } from "./garbageSuite.ts"

garbage(20_000)
