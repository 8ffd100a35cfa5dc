/** All oracles of a run: they look at every node whenever nothing is left to do at a moment, and hear what nodes are told. */
import type { BotRecord } from "../../layers/clients/BotsPlaying.ts"
import type { PeerId } from "../../protocol/Ids.ts"
import { equals, type Reign } from "../../protocol/Reign.ts"
import type { Standing } from "../../services/Election.ts"
import type { Notice, ShownView } from "../../services/GameClient.ts"
import type { SimulatedNode } from "../SimulatedNode.ts"
import { SimulatedPlayer } from "../SimulatedPlayer.ts"
import type { SimulatedProcess } from "../SimulatedProcess.ts"
import { InputOracle } from "./Inputs.ts"
import { keyOf, type Known, shownOf, stateOf } from "./Known.ts"
import { LogOracle } from "./Logs.ts"
import { Memory } from "./Memory.ts"
import { ReignOracle } from "./Reigns.ts"
import { ScreenOracle } from "./Screens.ts"
import { ThinScreenOracle } from "./ThinScreens.ts"
import type { World } from "./World.ts"

export class Oracles {
  readonly known = new Map<PeerId, Known>()
  private readonly reigns: ReignOracle
  private readonly logs: LogOracle
  private readonly screens: ScreenOracle
  private readonly inputs: InputOracle
  private readonly thinScreens: ThinScreenOracle
  private readonly memory: Memory
  /** By epoch; nearly always one. */
  private readonly reignsByEpoch = new Map<number, Array<Reign>>()

  constructor(private readonly world: Omit<World, "known" | "alive" | "memory" | "reignsOf">) {
    this.memory = new Memory(this.known, world.nowMs)
    const all: World = {
      ...world,
      known: this.known,
      alive: () => this.alive(),
      reignsOf: (epoch) => this.reignsByEpoch.get(epoch) ?? [],
      memory: this.memory
    }
    this.reigns = new ReignOracle(all)
    this.logs = new LogOracle(all)
    this.screens = new ScreenOracle(all)
    this.inputs = new InputOracle(all)
    this.thinScreens = new ThinScreenOracle(all)
  }

  started(node: SimulatedNode): void {
    this.known.set(node.peerId, {
      node,
      followed: new Set(),
      standing: null,
      reignedAtMs: this.world.nowMs(),
      state: null,
      shown: null,
      shownLine: null,
      shownAtMs: -Infinity,
      hostedAtMs: this.world.nowMs(),
      leavesSinceMs: null,
      orderedDeposed: 0
    })
  }

  alive(): ReadonlyArray<Known> {
    return Array.from(this.known.values()).filter(({ node }) => node.isUp || node.state === "leaving")
  }

  stood(node: SimulatedNode, standing: Standing): void {
    const known = this.of(node)
    if (known === null) return
    this.reigns.stood(known, standing)
    const before = known.standing?.reign ?? null
    if (!equals(before, standing.reign)) known.reignedAtMs = this.world.nowMs()
    known.standing = standing
    this.memory.stood(standing)
    const { reign } = standing
    if (reign === null) return
    known.followed.add(keyOf(reign))
    const same = this.reignsByEpoch.get(reign.epoch)
    if (same === undefined) this.reignsByEpoch.set(reign.epoch, [reign])
    else if (!same.some((other) => equals(other, reign))) same.push(reign)
  }

  noticed(process: SimulatedProcess, notice: Notice): void {
    if (!("lost" in notice)) return
    if (process instanceof SimulatedPlayer) return this.thinScreens.setbacks.lost(process)
    const known = this.of(process)
    if (known !== null) this.screens.lost(known)
  }

  showed(player: SimulatedPlayer, shown: ShownView): void {
    this.thinScreens.showed(player, shown)
  }

  played(process: SimulatedProcess, bot: number, record: BotRecord): void {
    const known = this.of(process)
    if (known !== null || process instanceof SimulatedPlayer) this.inputs.played(process, known, bot, record)
  }

  /** Players whose inputs from before this moment nobody has answered. */
  unheard(beforeMs: number): ReadonlyArray<string> {
    return this.inputs.unheard(beforeMs)
  }

  look(): void {
    for (const known of this.known.values()) {
      if (known.node.state === "leaving" || known.node.state === "ended") known.leavesSinceMs ??= this.world.nowMs()
      if (known.node.store !== null) this.lookAt(known)
    }
    this.memory.look()
    // Losses that nobody was told of in time.
    for (const { setbacks } of [this.screens, this.thinScreens]) {
      for (const overdue of setbacks.overdue()) this.world.fail("2", overdue)
    }
    if (!this.world.quorum) { for (const known of this.alive()) this.reigns.waits(known) }
  }

  private lookAt(known: Known): void {
    const state = stateOf(known.node)
    if (state !== null && state !== known.state) {
      this.logs.folded(known, state)
      this.inputs.folded(known, state)
      known.state = state
    }
    // Who leaves is not asked any more what reign it is in.
    const shown = known.node.isUp ? shownOf(known.node) : null
    if (shown !== null && shown !== known.shown) {
      this.screens.shown(known, shown)
      known.shown = shown
      known.shownLine = known.standing?.reign?.root ?? null
      known.shownAtMs = this.world.nowMs()
    }
  }

  /** What a late word of a process that is gone belongs to has been replaced by its next start. */
  private of(process: SimulatedProcess): Known | null {
    const known = this.known.get(process.peerId)
    return known?.node === process ? known : null
  }
}
