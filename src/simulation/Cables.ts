/** Which machines reach which, while any number of faults says otherwise; by slot, so that it holds for whoever starts there. */
import { type Conditions, type VirtualNetwork, wholeCable } from "../layers/virtual/VirtualNetwork.ts"
import type { PeerId } from "../protocol/Ids.ts"

/** Whether nothing passes from one slot to another. */
export type Cut = (from: number, to: number) => boolean

export class Cables {
  private readonly cuts = new Map<number, Cut>()
  private readonly disturbances = new Map<number, Partial<Conditions>>()
  /** What the network was told last, by ids. */
  private readonly told = new Map<string, readonly [PeerId, PeerId]>()
  /** When each direction was mended last, by slots. */
  private readonly mendedAtMs = new Map<string, number>()

  constructor(
    private readonly network: VirtualNetwork,
    private readonly base: Conditions,
    private readonly slots: number,
    private readonly nowMs: () => number,
    /** Who runs where. */
    private readonly at: () => ReadonlyArray<{ readonly slot: number; readonly peerId: PeerId }>
  ) {
    this.network.conditions = base
  }

  /** Until `whole` or `mend` is called with the same key. */
  cut(key: number, cut: Cut): void {
    this.cuts.set(key, cut)
    this.reconcile()
  }

  disturb(key: number, conditions: Partial<Conditions>): void {
    this.disturbances.set(key, conditions)
    this.mix()
  }

  mend(key: number): void {
    const cut = this.cuts.get(key)
    if (cut !== undefined) {
      this.note(cut)
      this.cuts.delete(key)
      this.reconcile()
    }
    if (this.disturbances.delete(key)) this.mix()
  }

  mendAll(): void {
    for (const cut of this.cuts.values()) this.note(cut)
    this.cuts.clear()
    this.disturbances.clear()
    this.reconcile()
    this.mix()
  }

  isCut(from: number, to: number): boolean {
    for (const cut of this.cuts.values()) if (cut(from, to)) return true
    return false
  }

  /** For how long nothing has been cut between two slots, in milliseconds. */
  wholeForMs(one: number, other: number): number {
    if (this.isCut(one, other) || this.isCut(other, one)) return 0
    const mendedAtMs = (from: number, to: number) => this.mendedAtMs.get(`${from}>${to}`) ?? -Infinity
    return this.nowMs() - Math.max(mendedAtMs(one, other), mendedAtMs(other, one))
  }

  private note(cut: Cut): void {
    for (let from = 0; from < this.slots; from++) {
      for (let to = 0; to < this.slots; to++) {
        if (cut(from, to)) this.mendedAtMs.set(`${from}>${to}`, this.nowMs())
      }
    }
  }

  /** Tells the network; to be called when a node starts too. */
  reconcile(): void {
    const nodes = this.at()
    const wanted = new Map<string, readonly [PeerId, PeerId]>()
    for (const from of nodes) {
      for (const to of nodes) {
        if (from !== to && this.isCut(from.slot, to.slot)) {
          wanted.set(`${from.peerId}>${to.peerId}`, [from.peerId, to.peerId])
        }
      }
    }
    for (const [key, direction] of this.told) {
      if (wanted.has(key)) continue
      this.told.delete(key)
      this.network.heal(...direction)
    }
    for (const [key, direction] of wanted) {
      if (this.told.has(key)) continue
      this.told.set(key, direction)
      this.network.cut(...direction)
    }
  }

  /** The worst of everything. */
  private mix(): void {
    let mixed: Conditions = this.base
    for (const more of this.disturbances.values()) {
      mixed = {
        latencyMs: Math.max(mixed.latencyMs, more.latencyMs ?? 0),
        jitterMs: Math.max(mixed.jitterMs, more.jitterMs ?? 0),
        loss: Math.max(mixed.loss, more.loss ?? 0),
        duplication: Math.max(mixed.duplication, more.duplication ?? 0),
        corruption: Math.max(mixed.corruption, more.corruption ?? 0),
        bytesPerSecond: Math.min(mixed.bytesPerSecond, more.bytesPerSecond ?? wholeCable.bytesPerSecond)
      }
    }
    this.network.conditions = mixed
  }
}
