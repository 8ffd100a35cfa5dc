/**
 * What one node is told about its cluster, and how patient it is. All times in milliseconds.
 */
import { Context, Layer } from "effect"

export interface ClusterSettings {
  /** Nodes of other clusters are ignored. 1 to 48 characters. */
  readonly cluster: string
  /** Whether this node wants to host when it has the highest id. */
  readonly preempt: boolean
  /** Whether a host needs a majority of the last reign's members. All nodes of a cluster must agree on it. */
  readonly quorum: boolean
  /** How often a node announces itself once it is known. */
  readonly announceEveryMs: number
  /** How long a node without state listens before it hosts. */
  readonly listenMs: number
  /** How often linked nodes beat. */
  readonly beatEveryMs: number
  /** A peer that was not heard for so long is suspected to be dead. */
  readonly suspectAfterMs: number
  /** A peer that was suspected for so long is disconnected. */
  readonly abandonAfterMs: number
  /** A node that lost so much time between two of its own wakes was stalled, and distrusts what it thinks it knows. */
  readonly stallMs: number
  /** Bully: how long a higher node may take to claim by itself before ELECTION is sent to it. */
  readonly headStartMs: number
  /** Bully: how long OK is waited for. */
  readonly okMs: number
  /** Bully: how long COORDINATOR is waited for after OK. */
  readonly coordinatorMs: number
  /** How often what needs an answer is said again. */
  readonly repeatMs: number
  /**
   * How long a host whose link is not closed may take to answer a probe before another claimant is believed. A host that
   * was stalled for 100 ms is none the less there; one that is gone is missed otherwise.
   */
  readonly probeMs: number
  /** A higher node preempts no sooner than this after it has joined. */
  readonly preemptAfterMs: number
  /** How long a handover may take before the old host takes the reign back. */
  readonly handoverMs: number
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
