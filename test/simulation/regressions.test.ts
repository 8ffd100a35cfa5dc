/**
 * What the simulator has found: the options and the seed that showed it, when it did. Each has a test of its own too, in
 * the words of the layer where it was put right; a seed shows another run once anything of the program changes.
 */
import { assert, describe, it } from "vitest"
import { Gather } from "../../src/games/index.ts"
import { type FaultKind, faultKinds } from "../../src/simulation/faults/Fault.ts"
import * as Simulation from "../../src/simulation/Simulation.ts"

interface Finding {
  readonly what: string
  readonly seed: bigint
  readonly seconds: number
  readonly kinds?: ReadonlyArray<FaultKind>
  readonly mode: Simulation.Mode
  readonly quorum: boolean
}

const findings: ReadonlyArray<Finding> = [
  {
    what: "events were folded onto another log whose numbers fit",
    seed: 4n,
    seconds: 20,
    kinds: ["flapping"],
    mode: "liveness",
    quorum: false
  },
  {
    what: "members that had forgotten their logs made a majority",
    seed: 23n,
    seconds: 30,
    mode: "liveness",
    quorum: true
  },
  {
    what: "a node that had founded a cluster of its own was followed by another one's members",
    seed: 19n,
    seconds: 30,
    mode: "safety",
    quorum: true
  },
  {
    what: "a node showed its own log when the host of a newer reign let screens see more of another",
    seed: 18n,
    seconds: 30,
    mode: "safety",
    quorum: true
  },
  {
    what: "a host asked strangers for their logs, and took one",
    seed: 71n,
    seconds: 30,
    mode: "safety",
    quorum: true
  },
  {
    what: "a relayed frame that came late began a connection anew",
    seed: 298n,
    seconds: 30,
    mode: "safety",
    quorum: true
  },
  {
    what: "beats of a link that only one side had given up were taken for old ones",
    seed: 43n,
    seconds: 30,
    kinds: ["crash", "pause", "partition", "one-way"],
    mode: "liveness",
    quorum: false
  },
  {
    what: "who founded a cluster counted members that had never heard of it",
    seed: 36n,
    seconds: 30,
    kinds: ["one-way", "flapping", "clog-reign"],
    mode: "safety",
    quorum: true
  },
  {
    what: "who came back into sight was followed under a reign that it had left",
    seed: 75n,
    seconds: 30,
    kinds: ["storm", "partition"],
    mode: "liveness",
    quorum: true
  },
  {
    what: "a beat whose number was changed on its way made those after it look old",
    seed: 100256n,
    seconds: 60,
    mode: "liveness",
    quorum: false
  },
  {
    what: "a lower node that was alone in its line waited for higher ones of another line for ever",
    seed: 200787n,
    seconds: 60,
    mode: "liveness",
    quorum: true
  },
  {
    what: "a member that had gone to another line had told only the name of its reign, and was not followed",
    seed: 200585n,
    seconds: 60,
    mode: "liveness",
    quorum: true
  },
  {
    what: "what was shown just before a change of reign, at the same moment, was taken for shown after it",
    seed: 500010n,
    seconds: 60,
    mode: "liveness",
    quorum: false
  }
]

describe("what was found stays right", () => {
  for (const { kinds, mode, quorum, seconds, seed, what } of findings) {
    it(`${what} (seed ${seed})`, { timeout: 60_000 }, () => {
      const { violation } = Simulation.run({
        ...Simulation.defaults,
        seed,
        durationMs: seconds * 1_000,
        game: Gather,
        kinds: kinds ?? faultKinds,
        every: kinds !== undefined,
        mode,
        quorum
      })
      assert.isNull(violation)
    })
  }
})
