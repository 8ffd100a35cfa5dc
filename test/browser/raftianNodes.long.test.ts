/** Raftian in pages of as many real nodes as it is meant for. */
import { raftianOn } from "./raftianNodes.ts"

raftianOn(5)
