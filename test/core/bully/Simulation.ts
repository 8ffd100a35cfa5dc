/**
 * A cluster of simulated nodes, what can befall it, and what must hold whatever befalls it. Deterministic: the same
 * scenario gives the same run.
 */
import { invariants } from "../../../src/core/bully/Invariants.ts"
import type * as Bully from "../../../src/core/bully/State.ts"
import type { PeerId } from "../../../src/protocol/Ids.ts"
import { compare, equals, ref, type Reign, type ReignRef } from "../../../src/protocol/Reign.ts"
import { Agenda } from "./Agenda.ts"
import { type Entry, has } from "./Log.ts"
import { Network } from "./Network.ts"
import { Process } from "./Process.ts"

export const idOf = (n: number): PeerId => `${n.toString(16).padStart(8, "0")}-0000-4000-8000-000000000000` as PeerId

export const defaults: Bully.Options = {
  preempt: true,
  quorum: false,
  listenMs: 300,
  headStartMs: 40,
  okMs: 100,
  coordinatorMs: 500,
  repeatMs: 100,
  probeMs: 60,
  preemptAfterMs: 2_000,
  handoverMs: 500
}

/** `node` is a place, 0 to n − 1; who lives there may change. */
export type Fault =
  | { readonly _tag: "crash"; readonly node: number }
  /** The next one at this place, with the same id and what it had kept, or with a fresh id. */
  | { readonly _tag: "restart"; readonly node: number; readonly kept: boolean; readonly id: number }
  | { readonly _tag: "leave"; readonly node: number }
  | { readonly _tag: "cut"; readonly from: number; readonly to: number; readonly bothWays: boolean }
  | { readonly _tag: "heal"; readonly a: number; readonly b: number }
  /** Two sides, by bits of the mask. */
  | { readonly _tag: "split"; readonly mask: number }
  | { readonly _tag: "heal-all" }
  | { readonly _tag: "sleep"; readonly node: number; readonly ms: number }
  /** No beats in this direction for a while, though the link is well: a suspicion that is wrong. */
  | { readonly _tag: "mute"; readonly from: number; readonly to: number; readonly ms: number }
  | { readonly _tag: "hand-over"; readonly from: number; readonly to: number }

export interface Scenario {
  readonly preempt: boolean
  readonly quorum: boolean
  readonly seed: number
  readonly latencyMs: number
  readonly jitterMs: number
  /** Ids by place; whether a player sits there; when it starts. */
  readonly nodes: ReadonlyArray<{ readonly id: number; readonly seated: boolean; readonly startMs: number }>
  readonly faults: ReadonlyArray<{ readonly afterMs: number; readonly fault: Fault }>
}

/** How often a handover is accepted late, and never, out of ten. */
const lateTakeOvers = 2
const missedTakeOvers = 1

/** Log and election together, of five nodes. */
const messagesPerSecondMax = 2_000

export class Simulation {
  readonly agenda = new Agenda()
  readonly network: Network
  readonly places: Array<Process | null>
  readonly trace: Array<string> = []
  private readonly kept = new Map<PeerId, Reign | null>()
  private readonly acceptedBy = new Map<string, PeerId>()
  private readonly muted = new Map<string, number>()
  private random: number
  private calm = false
  /** The newest entry that must not be lost (with a quorum). */
  committed: Entry | null = null
  steps = 0
  /** Fresh ids that were given once. */
  private readonly used = new Set<number>()
  private second = 0
  private messagesBefore = 0

  constructor(readonly scenario: Scenario, private readonly tracing = false) {
    this.random = scenario.seed | 1
    this.network = new Network(this.agenda, () => scenario.latencyMs + this.chance() * scenario.jitterMs)
    this.places = scenario.nodes.map(() => null)
    scenario.nodes.forEach((node, place) =>
      this.agenda.after(node.startMs, () => this.start(place, idOf(node.id), null))
    )
  }

  get living(): ReadonlyArray<Process> {
    return this.places.filter((process) => process !== null && process.alive) as ReadonlyArray<Process>
  }

  // -------------------------------------------------------------------- running

  /** All faults, one after the other; then everything is whole again. */
  play(): void {
    for (const { afterMs, fault } of this.scenario.faults) {
      this.agenda.runUntil(this.agenda.now + afterMs)
      this.note(JSON.stringify(fault))
      this.befall(fault)
    }
    this.settle()
  }

  settle(): void {
    this.agenda.runUntil(this.agenda.now + 100)
    this.calm = true
    this.note("calm")
    for (const a of this.scenario.nodes.keys()) for (const b of this.scenario.nodes.keys()) this.heal(a, b)
    this.places.forEach((process, place) => {
      if (process !== null && !process.alive) this.start(place, process.id, this.kept.get(process.id) ?? null)
    })
  }

  run(ms: number): void {
    this.agenda.runUntil(this.agenda.now + ms)
  }

  private start(place: number, id: PeerId, acceptedBefore: Reign | null): void {
    const { preempt, quorum } = this.scenario
    const process = new Process(
      id,
      { ...defaults, preempt, quorum },
      this.agenda,
      this.network,
      {
        accepted: (by, reign) => this.accepted(by, reign),
        stepped: (by, input) => this.stepped(by, input),
        committed: (entry) => this.commit(entry),
        began: (by, reign, end) => this.began(by, reign, end),
        takeOverAfterMs: () => this.takeOverAfterMs(),
        muted: (from, to) => (this.muted.get(from + to) ?? 0) > this.agenda.now
      },
      this.scenario.nodes[place]!.seated,
      acceptedBefore
    )
    // A node that keeps its id keeps its log as well: what a majority held must outlive a restart of all of it.
    const before = this.places[place]
    if (before?.id === id) process.log.end = before.log.end
    this.places[place] = process
    process.start()
  }

  private takeOverAfterMs(): number | null {
    const chance = Math.floor(this.chance() * 10)
    if (this.calm || chance >= lateTakeOvers + missedTakeOvers) return 0
    return chance < missedTakeOvers ? null : 700 * this.chance()
  }

  private chance(): number {
    let x = this.random
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.random = x
    return (x >>> 0) / 0x1_0000_0000
  }

  // -------------------------------------------------------------------- faults

  private at(place: number): Process | null {
    const process = this.places[place % this.places.length]!
    return process !== null && process.alive ? process : null
  }

  private idAt(place: number): PeerId {
    return this.places[place % this.places.length]?.id ?? idOf(this.scenario.nodes[place % this.places.length]!.id)
  }

  private heal(a: number, b: number): void {
    this.network.heal(this.idAt(a), this.idAt(b))
    this.network.heal(this.idAt(b), this.idAt(a))
  }

  befall(fault: Fault): void {
    switch (fault._tag) {
      case "crash": {
        const process = this.at(fault.node)
        if (process !== null) this.network.crash(process)
        return
      }
      case "restart": {
        const place = fault.node % this.places.length
        const before = this.places[place]!
        if (before === null || before.alive) return
        if (fault.kept) this.start(place, before.id, this.kept.get(before.id) ?? null)
        else if (!this.used.has(fault.id)) this.start(place, idOf(fault.id), null)
        this.used.add(fault.id)
        return
      }
      case "leave": {
        const process = this.at(fault.node)
        if (process === null) return
        for (const peer of process.links.keys()) this.network.disconnect(process, peer, true)
        this.network.crash(process)
        return
      }
      case "cut":
        this.network.cut(this.idAt(fault.from), this.idAt(fault.to))
        if (fault.bothWays) this.network.cut(this.idAt(fault.to), this.idAt(fault.from))
        return
      case "heal":
        return this.heal(fault.a, fault.b)
      case "split":
        for (const a of this.places.keys()) {
          for (const b of this.places.keys()) {
            if (((fault.mask >> a) & 1) !== ((fault.mask >> b) & 1)) this.network.cut(this.idAt(a), this.idAt(b))
          }
        }
        return
      case "heal-all":
        for (const a of this.places.keys()) for (const b of this.places.keys()) this.heal(a, b)
        return
      case "sleep":
        return this.at(fault.node)?.sleep(fault.ms)
      case "mute":
        this.muted.set(this.idAt(fault.from) + this.idAt(fault.to), this.agenda.now + fault.ms)
        return
      case "hand-over":
        return this.at(fault.from)?.handOver(this.idAt(fault.to))
    }
  }

  // -------------------------------------------------------------------- what must hold

  private fail(what: string): never {
    throw new Error(`at ${Math.round(this.agenda.now)} ms: ${what}`)
  }

  private note(what: string): void {
    if (this.tracing) this.trace.push(`${Math.round(this.agenda.now)} ${what}`)
  }

  /** Promise 1, over restarts with the same id too. */
  private accepted(by: Process, reign: Reign): void {
    const before = this.kept.get(by.id) ?? null
    if (before !== null && compare(reign, before) < 0) {
      this.fail(`${by.id} goes back from ${nameOf(before)} to ${nameOf(reign)}`)
    }
    const key = `${by.id} ${reign.epoch}`
    const other = this.acceptedBy.get(key)
    if (other !== undefined && other !== reign.host) {
      this.fail(`${by.id} accepts ${nameOf(reign)} though it accepted ${other} in that epoch`)
    }
    this.acceptedBy.set(key, reign.host)
    this.kept.set(by.id, reign)
  }

  private stepped(by: Process, input: Bully.Input): void {
    this.steps++
    const second = Math.floor(this.agenda.now / 1_000)
    if (second !== this.second) [this.second, this.messagesBefore] = [second, this.network.messages]
    if (this.network.messages - this.messagesBefore > messagesPerSecondMax) this.fail("a storm of messages")
    const { accepted, phase } = by.state
    if (this.tracing) {
      const what = input._tag === "received"
        ? `${input.message._tag} from ${input.from.slice(0, 8)} ${JSON.stringify(input.message).slice(0, 300)}`
        : JSON.stringify(input)
      this.note(`${by.id.slice(6, 8)} ${what} -> ${phase._tag} ${accepted === null ? "-" : nameOf(accepted)}`)
    }
    for (const what of invariants(by.state)) this.fail(`${by.id}, ${phase._tag}, after ${input._tag}: ${what}`)
    if (!equals(accepted, this.kept.get(by.id) ?? null)) this.fail(`${by.id} has accepted what it did not keep`)
  }

  private commit(entry: Entry): void {
    if (!this.scenario.quorum || has(this.committed, entry)) return
    if (!has(entry, this.committed)) this.fail(`${nameOf(entry.reign)} commits entry ${entry.seq} on another log`)
    this.committed = entry
  }

  /** With a quorum: whoever hosts goes on from everything that a majority held. */
  private began(by: Process, reign: Reign, end: Entry | null): void {
    if (this.scenario.quorum && !has(end, this.committed)) {
      this.fail(
        `${by.id} begins ${nameOf(reign)} without entry ${this.committed!.seq} of ${nameOf(this.committed!.reign)}`
      )
    }
  }

  /** Why there is not one host that all follow, or null. */
  unsettled(): string | null {
    const hosts = this.living.filter((process) => process.hosts)
    if (hosts.length !== 1) return `${hosts.length} hosts`
    const host = hosts[0]!
    for (const process of this.living) {
      if (!equals(process.state.accepted, host.state.accepted)) return `${process.id} accepts another reign`
      if (process !== host && process.state.phase._tag !== "following") {
        return `${process.id} is ${process.state.phase._tag}`
      }
    }
    return null
  }

  describe(): string {
    return this.living.map((process) => {
      const { accepted, phase } = process.state
      return `${process.id.slice(6, 8)}: ${phase._tag} ${accepted === null ? "-" : nameOf(accepted)}`
    }).join("; ")
  }
}

const nameOf = (reign: ReignRef): string => `(${ref(reign).epoch}, ${reign.host.slice(6, 8)})`
