/** What one node is told about its cluster, and how patient it is. All times in milliseconds. */
import { Context, Layer } from "effect"
import type * as Bully from "../core/bully/State.ts"
import type * as Health from "../core/health/State.ts"

/** How the election and the failure detector are set up, as they say themselves, and all the rest. */
export interface ClusterSettings extends Bully.Options, Health.Options {
  /** Nodes of other clusters are ignored. 1 to 48 characters. */
  readonly cluster: string
  /** How often a node announces itself once it is known. */
  readonly announceEveryMs: number
  /** A node that lost so much time between two of its own wakes was stalled, and distrusts what it thinks it knows. */
  readonly stallMs: number
  /** How long a seat is kept for a player who vanished. */
  readonly seatKeptMs: number
  /** A match is frozen once a player was silent for so long. */
  readonly freezeAfterMs: number
  /** A player for whom a match was frozen so long is played by the program, or forfeits. */
  readonly dropAfterMs: number
  /** The most inputs of one seat that one tick applies. */
  readonly inputsPerTick: number
  /** Events between two state hashes. */
  readonly digestEvery: number
}

export class ClusterConfig extends Context.Tag("hostless/ClusterConfig")<ClusterConfig, ClusterSettings>() {
  static readonly defaults: ClusterSettings = {
    cluster: "lan",
    preempt: true,
    quorum: false,
    announceEveryMs: 2_000,
    listenMs: 300,
    beatEveryMs: 50,
    suspectAfterMs: 250,
    abandonAfterMs: 10_000,
    stallMs: 150,
    headStartMs: 40,
    okMs: 100,
    coordinatorMs: 500,
    repeatMs: 100,
    probeMs: 150,
    preemptAfterMs: 2_000,
    handoverMs: 500,
    seatKeptMs: 10_000,
    freezeAfterMs: 500,
    dropAfterMs: 15_000,
    inputsPerTick: 4,
    digestEvery: 60
  }

  static readonly layer = (settings: Partial<ClusterSettings> = {}): Layer.Layer<ClusterConfig> =>
    Layer.succeed(ClusterConfig, { ...ClusterConfig.defaults, ...settings })
}
