/** Lets planned faults happen to a cluster, at their times. */
import type { PeerId } from "../../protocol/Ids.ts"
import type { Cut } from "../Cables.ts"
import type { SimulatedCluster } from "../SimulatedCluster.ts"
import type { VirtualClock } from "../time/VirtualClock.ts"
import type { Disturbances } from "./Disturbances.ts"
import { describe, type FaultKind, type PlannedFault, type Scope, scopeOf, silences } from "./Fault.ts"

/** A crash waits so long for its task at most; then it comes anyway. */
const crashWithinMs = 2_000
/** A fault that finds nobody to befall is tried so often, and so long after another. */
const triesMax = 20
const tryAgainMs = 200

/** What waits for somebody to follow a host happens after so long in any case. */
const armedMsMax = 3_000

type Armed = PlannedFault & { readonly fault: { readonly kind: "clog-reign" } }

export class FaultInjector {
  /** How often each kind had an effect. */
  readonly fired = new Map<FaultKind, number>()
  /** A live node may have fallen silent for others so far. */
  silenced = false
  private stopped = false
  /** Faults that wait for somebody to follow somebody. */
  private readonly armed: Array<Armed> = []

  constructor(
    private readonly cluster: SimulatedCluster,
    private readonly time: VirtualClock,
    private readonly disturbances: Disturbances,
    private readonly note: (words: string) => void
  ) {}

  /** Sets its timers, as the run begins. */
  plan(faults: ReadonlyArray<PlannedFault>): void {
    for (const planned of faults) this.at(planned.atMs, () => this.happen(planned, triesMax))
  }

  private happen(planned: PlannedFault, tries: number): void {
    const { fault } = planned
    if (fault.kind === "clog-reign") return this.arm({ ...planned, fault })
    if (this.begin(planned)) return this.fire(planned)
    // Whoever it is meant for may be back soon.
    if (tries > 1) this.at(tryAgainMs, () => this.happen(planned, tries - 1))
  }

  private fire(planned: PlannedFault): void {
    this.note(describe(planned))
    const { kind } = planned.fault
    this.disturbances.happen(scopeOf(planned.fault))
    this.fired.set(kind, (this.fired.get(kind) ?? 0) + 1)
    if (silences(kind)) this.silenced = true
  }

  private arm(planned: Armed): void {
    this.armed.push(planned)
    // Where all is calm, some clog is better than none.
    this.at(armedMsMax, () => {
      if (!this.armed.includes(planned)) return
      const ids = this.cluster.nodes().map(({ peerId }) => peerId).sort()
      if (ids.length > 1) this.followed(ids[0]!, ids.at(-1)!)
    })
  }

  /** A node has just begun to follow a host. */
  followed(follower: PeerId, host: PeerId): void {
    const planned = this.armed.shift()
    if (planned === undefined || this.stopped) return
    this.fire(planned)
    const { forMs } = planned.fault
    this.cluster.lan.network.clog(host, follower, forMs)
    this.until(scopeOf(planned.fault), forMs, () => {})
  }

  /** Whatever lasts is over; nothing begins any more. */
  stop(): void {
    this.note("all faults are over")
    this.stopped = true
    this.cluster.mend()
    this.disturbances.endAll()
  }

  /** False when it had no effect. */
  private begin({ fault, index }: PlannedFault): boolean {
    const { cluster } = this
    const { cables } = cluster
    const scope = scopeOf(fault)
    switch (fault.kind) {
      case "crash": {
        const { downMs, slot, tasks, torn } = fault
        const back = () => this.later(scope, downMs, () => cluster.start(slot))
        const process = cluster.at(slot)
        if (!cluster.crashBefore(slot, tasks, torn, () => this.crashed(slot, back))) return false
        this.later(scope, crashWithinMs, () => {
          if (cluster.at(slot) === process && cluster.crash(slot, torn)) this.crashed(slot, back)
        })
        return true
      }
      case "quit":
        if (!cluster.leave(fault.slot)) return false
        this.later(scope, fault.downMs, () => cluster.start(fault.slot))
        return true
      case "storm": {
        const step = fault.withinMs / fault.slots.length
        const living = fault.slots.filter((slot) => cluster.at(slot) !== null)
        living.forEach((slot, i) => {
          this.later(scope, i * step, () => {
            if (fault.crash) cluster.crash(slot, true)
            else cluster.leave(slot)
          })
          this.later(scope, fault.downMs + (living.length - i) * step, () => cluster.start(slot))
        })
        return living.length > 0
      }
      case "pause":
        if (!cluster.pause(fault.slot)) return false
        this.until(scope, fault.forMs, () => cluster.resume(fault.slot))
        return true
      case "slow": {
        if (cluster.at(fault.slot) === null) return false
        const rounds = Math.ceil(fault.forMs / (fault.runMs + fault.stopMs))
        for (let i = 0; i < rounds; i++) {
          const at = i * (fault.runMs + fault.stopMs)
          this.later(scope, at, () => {
            if (cluster.pause(fault.slot)) this.until(scope, fault.stopMs, () => cluster.resume(fault.slot))
          })
        }
        this.until(scope, fault.forMs, () => {})
        return true
      }
      case "partition":
      case "one-way":
      case "bridge":
      case "ring":
        cables.cut(index, cutBy(fault))
        break
      case "flapping": {
        const { forMs, periodMs, slot } = fault
        const flaps = Math.ceil(forMs / periodMs)
        for (let i = 0; i < flaps; i++) {
          this.later(scope, i * periodMs, () => cables.cut(index, (from, to) => from === slot || to === slot))
          this.later(scope, (i + 0.5) * periodMs, () => cables.mend(index))
        }
        break
      }
      case "latency":
        cables.disturb(index, { latencyMs: fault.latencyMs, jitterMs: fault.jitterMs })
        break
      case "loss":
      case "duplication":
      case "corruption":
        cables.disturb(index, { [fault.kind]: fault.share })
        break
      case "bandwidth":
        cables.disturb(index, { bytesPerSecond: fault.bytesPerSecond })
        break
      case "clog":
      case "stuck": {
        const from = cluster.at(fault.from)
        const to = cluster.at(fault.to)
        if (from === null || to === null || from === to) return false
        const { network } = cluster.lan
        if (fault.kind === "clog") network.clog(from.peerId, to.peerId, fault.forMs)
        else network.stick(from.peerId, to.peerId, fault.forMs)
        break
      }
      case "disk":
        if (!cluster.hangDisk(fault.slot)) return false
        this.until(scope, fault.forMs, () => cluster.releaseDisk(fault.slot))
        return true
      case "clock-step":
        return cluster.stepClock(fault.slot, fault.stepMs)
      case "clock-drift":
        // The clocks were made so.
        return true
    }
    this.until(scope, fault.forMs, () => cables.mend(index))
    return true
  }

  private crashed(slot: number, back: () => void): void {
    this.note(`the process on ${slot} dies`)
    this.disturbances.happen("rest")
    back()
  }

  /** Unless all faults are over by then. */
  private later(scope: Scope, ms: number, run: () => void): void {
    this.at(ms, () => {
      this.disturbances.happen(scope)
      run()
    })
  }

  /** The end of a fault that lasts. */
  private until(scope: Scope, ms: number, end: () => void): void {
    this.disturbances.begin(scope)
    this.at(ms, () => {
      this.disturbances.end(scope)
      end()
    })
  }

  private at(ms: number, run: () => void): void {
    this.time.at(this.time.elapsedNanos + ms * 1e6, () => {
      if (!this.stopped) run()
    })
  }
}

type Cutting = Extract<PlannedFault["fault"], { readonly kind: "partition" | "one-way" | "bridge" | "ring" }>

const cutBy = (fault: Cutting): Cut => {
  if (fault.kind === "ring") {
    const { order } = fault
    return (from, to) => {
      const apart = Math.abs(order.indexOf(from) - order.indexOf(to))
      return apart !== 1 && apart !== order.length - 1
    }
  }
  const side = new Set(fault.side)
  if (fault.kind === "one-way") return (from, to) => side.has(from) && !side.has(to)
  const bridge = fault.kind === "bridge" ? fault.bridge : null
  return (from, to) => from !== bridge && to !== bridge && side.has(from) !== side.has(to)
}
