/** The machines of a run, who runs on them, and everything that can be done to them. */
import type { RoomState } from "../core/Room.ts"
import type { AnyGame } from "../games/Game.ts"
import type { ElectionBy } from "../layers/engine/Engine.ts"
import * as RaftGroupStorageMemory from "../layers/group/RaftGroupStorageMemory.ts"
import * as NodeIdentityFixed from "../layers/identity/NodeIdentityFixed.ts"
import type { VirtualLan } from "../layers/virtual/VirtualLan.ts"
import type { Conditions } from "../layers/virtual/VirtualNetwork.ts"
import { PeerId } from "../protocol/Ids.ts"
import { ClusterConfig, type ClusterSettings } from "../services/ClusterConfig.ts"
import { Cables } from "./Cables.ts"
import { SimulatedDisk } from "./SimulatedDisk.ts"
import { type NodeObserver, SimulatedNode } from "./SimulatedNode.ts"
import { type PlayerObserver, SimulatedPlayer } from "./SimulatedPlayer.ts"
import type { SimulatedProcess } from "./SimulatedProcess.ts"
import type { Chance } from "./time/Chance.ts"
import { MachineClock, type VirtualClock } from "./time/VirtualClock.ts"
import { VirtualProcess, type VirtualScheduler } from "./time/VirtualScheduler.ts"

export interface Options {
  readonly nodes: number
  /** Thin clients, each on a machine of its own; 0: a mesh, where `bots` play at each node. */
  readonly players: number
  readonly game: AnyGame
  readonly settings: Partial<ClusterSettings>
  readonly election: ElectionBy
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
  process: SimulatedProcess | null
  starts: number
  /** How many faults pause it now, and since when. */
  pauses: number
  pausedAtMs: number
}

/** How often a process that is on its way out is looked at, in virtual milliseconds. */
const lookAgainMs = 10

export class SimulatedCluster {
  readonly cables: Cables
  private readonly slots: ReadonlyArray<Slot>
  /** Every process that ended by itself or as it was asked to, until somebody looks whether it left anything. */
  readonly ended: Array<SimulatedProcess> = []

  constructor(
    readonly lan: VirtualLan,
    private readonly time: VirtualClock,
    private readonly scheduler: VirtualScheduler,
    private readonly chance: Chance,
    private readonly observer: NodeObserver & PlayerObserver & {
      readonly started: (process: SimulatedProcess) => void
    },
    readonly options: Options
  ) {
    this.slots = Array.from({ length: options.nodes + options.players }, (_, index) => ({
      index,
      clock: new MachineClock(time, options.driftPpm[index] ?? 0),
      disk: null,
      process: null,
      starts: 0,
      pauses: 0,
      pausedAtMs: 0
    }))
    this.cables = new Cables(
      lan.network,
      options.base,
      this.slots.length,
      () => time.elapsedMs,
      () =>
        this.slots.flatMap(({ index, process }) => process === null ? [] : [{ slot: index, peerId: process.peerId }])
    )
  }

  /** How many machines there are. */
  get size(): number {
    return this.slots.length
  }

  /** How many a room takes. */
  seatsMax(options: RoomState["options"]): number {
    const { match, seats } = this.options.game
    return match?.players(options).max ?? seats.max
  }

  /** Nodes that run, or are about to. */
  nodes(): ReadonlyArray<SimulatedNode> {
    return this.slots.flatMap(({ process }) => process instanceof SimulatedNode && process.isUp ? [process] : [])
  }

  /** Where somebody plays, or is about to: at all nodes, or at thin clients only. */
  playing(): ReadonlyArray<SimulatedProcess> {
    if (this.options.players === 0) return this.nodes()
    return this.slots.flatMap(({ process }) => process instanceof SimulatedPlayer && process.isUp ? [process] : [])
  }

  /** Whoever ran last on the machines where nobody runs, or is about to. */
  missing(): ReadonlyArray<string> {
    return this.slots.flatMap(({ index, process }) => process?.isUp === true ? [] : [process?.name ?? letterOf(index)])
  }

  /** Whatever runs there, or is about to. */
  at(slot: number): SimulatedProcess | null {
    const process = this.slots[slot]?.process ?? null
    return process !== null && process.isUp ? process : null
  }

  /** Starts a process where none runs. */
  start(index: number): void {
    const slot = this.slots[index]!
    if (slot.process !== null && slot.process.state !== "ended" && slot.process.state !== "crashed") return
    slot.starts++
    slot.process = index < this.options.nodes ? this.newNode(slot) : this.newPlayer(slot)
    slot.pauses = 0
    this.observer.started(slot.process)
    this.cables.reconcile()
    slot.process.start()
  }

  private newNode(slot: Slot): SimulatedNode {
    const { bots, election, game, kept, players, settings } = this.options
    const name = `${letterOf(slot.index)}${slot.starts}`
    if (kept) slot.disk ??= new SimulatedDisk(this.freshId(), this.chance.stream(`disk ${slot.index}`))
    const peerId = slot.disk?.peerId ?? this.freshId()
    return new SimulatedNode({
      ...this.shell(slot, name, peerId),
      game,
      bots,
      serves: players > 0,
      settings,
      election,
      identity: slot.disk?.identity(name) ?? NodeIdentityFixed.layer({ peerId, name }),
      groups: slot.disk?.groups() ?? RaftGroupStorageMemory.layer
    })
  }

  private newPlayer(slot: Slot): SimulatedPlayer {
    const { game, nodes, settings } = this.options
    const name = `P${slot.index - nodes + 1}.${slot.starts}`
    const cluster = settings.cluster ?? ClusterConfig.defaults.cluster
    return new SimulatedPlayer({ ...this.shell(slot, name, this.freshId()), game, cluster })
  }

  private shell({ clock, index }: Slot, name: string, peerId: PeerId) {
    return {
      slot: index,
      peerId,
      name,
      lan: this.lan,
      process: new VirtualProcess(this.scheduler),
      clock,
      chance: this.chance.stream(`node ${name}`),
      observer: this.observer,
      verbose: this.options.verbose
    }
  }

  /** At once; false where nobody runs. */
  crash(index: number, torn: boolean): boolean {
    const process = this.at(index)
    process?.crash(torn)
    if (process !== null) this.slots[index]!.disk?.crash()
    return process !== null
  }

  /** Before the n-th task from now on that it would run. */
  crashBefore(index: number, tasks: number, torn: boolean, then: () => void): boolean {
    const process = this.at(index)
    process?.process.crashBefore(tasks, () => {
      if (process.isUp && this.crash(index, torn)) then()
    })
    return process !== null
  }

  /** Ends it as a person does. */
  leave(index: number): boolean {
    const process = this.at(index)
    if (process === null) return false
    this.ended.push(process)
    process.leave()
    return true
  }

  pause(index: number): boolean {
    const slot = this.slots[index]!
    const process = this.at(index)
    if (process === null) return false
    if (slot.pauses++ === 0) {
      slot.pausedAtMs = this.time.elapsedMs
      process.process.pause()
      this.lan.network.pause(process.peerId)
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
    return this.at(index) !== null
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
      slot.process?.process.spare()
      this.bringBack(slot)
    }
  }

  /** Starts a process there, once the one that is on its way out has ended. */
  private bringBack(slot: Slot): void {
    if (slot.process?.state === "leaving") {
      this.time.at(this.time.elapsedNanos + lookAgainMs * 1e6, () => this.bringBack(slot))
    } else this.start(slot.index)
  }

  private wake({ pausedAtMs, process }: Slot): void {
    if (process === null) return
    const endedAtMs = this.time.elapsedMs
    process.lastStop = { endedAtMs, forMs: endedAtMs - pausedAtMs }
    process.process.resume()
    // A stopped process goes on with what it had begun before it looks at its sockets.
    this.time.at(this.time.elapsedNanos + 1_000, () => this.lan.network.resume(process.peerId))
  }

  private freshId(): PeerId {
    const hex = Array.from({ length: 4 }, () => this.chance.uint32().toString(16).padStart(8, "0")).join("")
    return PeerId.make(
      `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
    )
  }
}

const letterOf = (index: number): string => String.fromCharCode("A".charCodeAt(0) + index)
