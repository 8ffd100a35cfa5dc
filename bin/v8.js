/** How V8 runs a node. Whoever runs what a node does sets this first. */
import { setFlagsFromString } from "node:v8"

// A killed process is gone only when its memory is, some 0.1 ms for each megabyte, and its peers can take over no sooner.
// A young generation that stays at its first size keeps a node 30 MB smaller; it makes little garbage, so that is enough.
setFlagsFromString("--semi-space-growth-factor=1")
// So little is collected in a moment; help from other threads costs more than it gives, most of all on a busy machine.
setFlagsFromString("--no-parallel-scavenge")
// What a change of host runs is compiled in advance; it must not be forgotten because it is rarely used.
setFlagsFromString("--no-flush-bytecode")
