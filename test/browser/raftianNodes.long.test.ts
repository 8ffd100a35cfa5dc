/** Raftian in pages of three real nodes, and of as many as it is meant for. */
import { raftianOn } from "./raftianNodes.ts"

raftianOn(3)
raftianOn(5)
