/**
 * What the simulator has found: the options and the seed that showed it, when it did. Each has a test of its own too, in
 * the words of the layer where it was put right; a seed shows another run once anything of the program changes.
 */
import { assert, describe, it } from "vitest"
import { Gather, Pong } from "../../src/games/index.ts"
import { type FaultKind, faultKinds } from "../../src/simulation/faults/Fault.ts"
import * as Simulation from "../../src/simulation/Simulation.ts"
import { sliceOf } from "../setup/slice.ts"

interface Finding {
  readonly what: string
  readonly seed: bigint
  readonly seconds: number
  readonly kinds?: ReadonlyArray<FaultKind>
  readonly mode: Simulation.Mode
  readonly quorum: boolean
  /** Default: bully. */
  readonly election?: "raft"
  /** Three servers over UDP, and four players who are no nodes. Otherwise: five nodes. */
  readonly cluster?: boolean
  /** Four at Pong, instead of Gather. */
  readonly pong?: boolean
  /** Default: all faults that the seed plans. */
  readonly only?: ReadonlyArray<number>
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
  },
  {
    what: "a player was not told what was lost, since its next server was not on the side that lost",
    seed: 23429485403336n,
    seconds: 20,
    mode: "liveness",
    quorum: false,
    cluster: true
  },
  {
    what: "a player was told of its first loss at a new server, and of no other",
    seed: 1002n,
    seconds: 20,
    mode: "liveness",
    quorum: false,
    cluster: true
  },
  {
    what: "a player took for its own a seat that the other side of a split had given to somebody else",
    seed: 1007n,
    seconds: 20,
    mode: "liveness",
    quorum: false,
    cluster: true
  },
  {
    what: "two servers took a seat from each other, over and over, whose player had gone from one to the other",
    seed: 3017n,
    seconds: 20,
    mode: "liveness",
    quorum: false,
    cluster: true
  },
  {
    what:
      "a seat stayed a server's that had lost its word of the player's leaving, and its inputs were not heard elsewhere",
    seed: 40041n,
    seconds: 20,
    mode: "liveness",
    quorum: false,
    cluster: true
  },
  {
    what: "a player that went back twice within half a second was told once, in the moment of the second time",
    seed: 80030n,
    seconds: 20,
    mode: "liveness",
    quorum: false,
    cluster: true
  },
  {
    what: "two nodes of a group that had given way had the other's host begin a reign anew every 100 ms",
    seed: 37n,
    seconds: 20,
    mode: "liveness",
    quorum: false,
    election: "raft"
  },
  {
    what: "whoever was on its way out when faults ended did not come back, and a quorum waited for it in vain",
    seed: 202686547170831n,
    seconds: 20,
    mode: "liveness",
    quorum: true,
    cluster: true,
    pong: true,
    only: [7, 9, 36, 48, 54, 55]
  },
  {
    what: "a server that lagged showed a player of a dead host an older state as the new host's",
    seed: 20n,
    seconds: 30,
    kinds: ["crash", "latency", "clog"],
    mode: "liveness",
    quorum: true,
    cluster: true
  }
]

const servers = { nodes: 3, players: 4, transport: "udp" } as const
const pongOfFour = { game: Pong, room: { seats: 4, points: 2, absence: "bot" } } as const

describe("what was found stays right", () => {
  for (
    const { cluster, election = "bully", kinds, mode, only = null, pong, quorum, seconds, seed, what } of sliceOf(
      findings,
      3
    )
  ) {
    it(`${what} (seed ${seed})`, { timeout: 60_000 }, () => {
      const { violation } = Simulation.run({
        ...Simulation.defaults,
        ...(cluster === true ? servers : {}),
        seed,
        durationMs: seconds * 1_000,
        ...(pong === true ? pongOfFour : { game: Gather }),
        only,
        kinds: kinds ?? faultKinds,
        every: kinds !== undefined,
        mode,
        election,
        quorum
      })
      assert.isNull(violation)
    })
  }
})
