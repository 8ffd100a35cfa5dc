/** The machines of a run, who runs on them, and everything that can be done to them. */
import type { RoomState } from "../core/Room.ts"
import type { AnyGame } from "../games/Game.ts"
import * as NodeIdentityFixed from "../layers/NodeIdentityFixed.ts"
import type { VirtualLan } from "../layers/VirtualLan.ts"
import type { Conditions } from "../layers/VirtualNetwork.ts"
import { PeerId } from "../protocol/Ids.ts"
import type { ClusterSettings } from "../services/ClusterConfig.ts"
import { Cables } from "./Cables.ts"
import { SimulatedDisk } from "./SimulatedDisk.ts"
import { type Observer, SimulatedNode } from "./SimulatedNode.ts"
import type { Chance } from "./time/Chance.ts"
import { MachineClock, type VirtualClock } from "./time/VirtualClock.ts"
import { VirtualProcess, type VirtualScheduler } from "./time/VirtualScheduler.ts"

export interface Options {
  readonly slots: number
  readonly game: AnyGame
  readonly settings: Partial<ClusterSettings>
  readonly bots: number
  /** Whether nodes keep their ids and accepted reigns over a restart. */
  readonly kept: boolean
  readonly driftPpm: ReadonlyArray<number>
  readonly base: Conditions
  readonly verbose: boolean
}

interface Slot {
  readonly index: number
  readonly clock: MachineClock
  disk: SimulatedDisk | null
  node: SimulatedNode | null
  starts: number
  /** How many faults pause it now, and since when. */
  pauses: number
  pausedAtMs: number
}

export class SimulatedCluster {
  readonly cables: Cables
  private readonly slots: ReadonlyArray<Slot>
  /** Every process that ended by itself or as it was asked to, until somebody looks whether it left anything. */
  readonly ended: Array<SimulatedNode> = []

  constructor(
    readonly lan: VirtualLan,
    private readonly time: VirtualClock,
    private readonly scheduler: VirtualScheduler,
    private readonly chance: Chance,
    private readonly observer: Observer & { readonly started: (node: SimulatedNode) => void },
    private readonly options: Options
  ) {
    this.slots = Array.from({ length: options.slots }, (_, index) => ({
      index,
      clock: new MachineClock(time, options.driftPpm[index] ?? 0),
      disk: null,
      node: null,
      starts: 0,
      pauses: 0,
      pausedAtMs: 0
    }))
    this.cables = new Cables(
      lan.network,
      options.base,
      options.slots,
      () => time.elapsedMs,
      () => this.slots.flatMap(({ index, node }) => node === null ? [] : [{ slot: index, peerId: node.peerId }])
    )
  }

  get size(): number {
    return this.slots.length
  }

  /** Whether the highest node is to host. */
  get preempts(): boolean {
    return this.options.settings.preempt !== false
  }

  /** How many a room takes. */
  seatsMax(options: RoomState["options"]): number {
    const { match, seats } = this.options.game
    return match?.players(options).max ?? seats.max
  }

  get tickRate(): number {
    return this.options.game.tickRate
  }

  /** Who runs, or is about to. */
  nodes(): ReadonlyArray<SimulatedNode> {
    return this.slots.flatMap(({ node }) => node !== null && node.isUp ? [node] : [])
  }

  node(slot: number): SimulatedNode | null {
    const node = this.slots[slot]?.node ?? null
    return node !== null && node.isUp ? node : null
  }

  isPaused(slot: number): boolean {
    return this.slots[slot]!.pauses > 0
  }

  /** Starts a node where none runs. */
  start(index: number): void {
    const slot = this.slots[index]!
    if (slot.node !== null && slot.node.state !== "ended" && slot.node.state !== "crashed") return
    slot.starts++
    const name = `${letterOf(index)}${slot.starts}`
    if (this.options.kept) slot.disk ??= new SimulatedDisk(this.freshId(), this.chance.stream(`disk ${index}`))
    const peerId = slot.disk?.peerId ?? this.freshId()
    const node = new SimulatedNode({
      slot: index,
      peerId,
      name,
      lan: this.lan,
      game: this.options.game,
      bots: this.options.bots,
      settings: this.options.settings,
      identity: slot.disk?.identity(name) ?? NodeIdentityFixed.layer({ peerId, name }),
      process: new VirtualProcess(this.scheduler),
      clock: slot.clock,
      chance: this.chance.stream(`node ${name}`),
      observer: this.observer,
      verbose: this.options.verbose
    })
    slot.node = node
    slot.pauses = 0
    this.observer.started(node)
    this.cables.reconcile()
    node.start()
  }

  /** At once; false where nobody runs. */
  crash(index: number, torn: boolean): boolean {
    const node = this.node(index)
    node?.crash(torn)
    return node !== null
  }

  /** Before the n-th task from now on that it would run. */
  crashBefore(index: number, tasks: number, torn: boolean, then: () => void): boolean {
    const node = this.node(index)
    node?.process.crashBefore(tasks, () => {
      if (!node.isUp) return
      node.crash(torn)
      then()
    })
    return node !== null
  }

  /** Ends it as a person does. */
  leave(index: number): boolean {
    const node = this.node(index)
    if (node === null) return false
    this.ended.push(node)
    node.leave()
    return true
  }

  pause(index: number): boolean {
    const slot = this.slots[index]!
    const node = this.node(index)
    if (node === null) return false
    if (slot.pauses++ === 0) {
      slot.pausedAtMs = this.time.elapsedMs
      node.process.pause()
      this.lan.network.pause(node.peerId)
    }
    return true
  }

  resume(index: number): void {
    const slot = this.slots[index]!
    if (slot.pauses === 0) return
    if (--slot.pauses === 0) this.wake(slot)
  }

  /** False where nothing is kept on a disk. */
  hangDisk(index: number): boolean {
    const { disk } = this.slots[index]!
    disk?.hang()
    return disk !== null
  }

  releaseDisk(index: number): void {
    this.slots[index]!.disk?.release()
  }

  stepClock(index: number, ms: number): boolean {
    this.slots[index]!.clock.step(ms)
    return this.node(index) !== null
  }

  /** Ends every fault that lasts, and starts whoever is down. */
  mend(): void {
    this.cables.mendAll()
    for (const slot of this.slots) {
      if (slot.pauses > 0) {
        slot.pauses = 0
        this.wake(slot)
      }
      slot.disk?.releaseAll()
      slot.node?.process.spare()
      this.start(slot.index)
    }
  }

  private wake({ node, pausedAtMs }: Slot): void {
    if (node === null) return
    const endedAtMs = this.time.elapsedMs
    node.lastStop = { endedAtMs, forMs: endedAtMs - pausedAtMs }
    node.process.resume()
    // A stopped process goes on with what it had begun before it looks at its sockets.
    this.time.at(this.time.elapsedNanos + 1_000, () => this.lan.network.resume(node.peerId))
  }

  private freshId(): PeerId {
    const hex = Array.from({ length: 4 }, () => this.chance.uint32().toString(16).padStart(8, "0")).join("")
    return PeerId.make(
      `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
    )
  }
}

const letterOf = (index: number): string => String.fromCharCode("A".charCodeAt(0) + index)
