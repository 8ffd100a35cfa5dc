/** Raftian in pages of real nodes; `raftianNodes.long.test.ts` has more of them. */
import { raftianOn } from "./raftianNodes.ts"

raftianOn(3)
