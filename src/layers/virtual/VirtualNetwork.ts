/**
 * Machines and cables that exist in memory only: datagrams that can be lost, byte streams that cannot, whatever can be
 * wrong with cables, and crashes. Synchronous, and deterministic by its chance.
 */
import type { PeerId } from "../../protocol/Ids.ts"
import type { Place } from "../../services/Discovery.ts"
import { VirtualAgenda } from "./VirtualAgenda.ts"
import { type Cables, retransmitNanos, VirtualMachine, VirtualSocket } from "./VirtualMachine.ts"

/** A connection attempt that meets a cut is repeated after so long. */
const synEveryNanos = 100_000_000
const retransmissionsMax = 4

/** What a cable does in one direction. */
export interface Conditions {
  /** In milliseconds. */
  readonly latencyMs: number
  /** Up to so much more, by chance, in milliseconds: datagrams overtake one another. */
  readonly jitterMs: number
  /** The share of packets that get lost, 0 to 1. A datagram is gone; a stream goes on when the packet was sent again. */
  readonly loss: number
  /** The share of datagrams that arrive twice. */
  readonly duplication: number
  /** The share of datagrams in which bits are turned. (A stream's checksum makes a lost packet of that.) */
  readonly corruption: number
  /** What passes in a second. */
  readonly bytesPerSecond: number
}

export const wholeCable: Conditions = {
  latencyMs: 1,
  jitterMs: 0,
  loss: 0,
  duplication: 0,
  corruption: 0,
  bytesPerSecond: Infinity
}

export interface Stats {
  readonly datagrams: number
  readonly datagramsLost: number
  readonly connections: number
  /** Frames delivered on connections, and their bytes. */
  readonly frames: number
  readonly bytes: number
}

export type DatagramKind = "announcement" | "beat" | "link"

/** Something that arrived, for whoever keeps a record. The bytes are only lent. */
export interface Delivery {
  readonly kind: DatagramKind | "frame"
  readonly from: PeerId
  readonly to: PeerId
  readonly bytes: Uint8Array
}

/** How a wire is used by now. */
interface Direction {
  /** When all that was sent so far has left, in nanoseconds. */
  busyUntil: number
  /** Nothing arrives before. */
  cloggedUntil: number
  /** Nor any stream's next bytes. */
  stuckUntil: number
}

export class VirtualNetwork implements Cables {
  readonly agenda: VirtualAgenda
  /** What all cables do. */
  conditions: Conditions = wholeCable
  backsOff = false
  /** Called with everything that arrives. */
  onDelivery: ((delivery: Delivery) => void) | null = null
  private readonly machines = new Map<PeerId, VirtualMachine>()
  private readonly addresses = new Map<PeerId, string>()
  /** Whose process is gone, by address, until another one runs there: the machine still answers. */
  private readonly left = new Map<string, VirtualMachine>()
  private readonly cuts = new Set<string>()
  private readonly directions = new Map<string, Direction>()
  private readonly counts = { datagrams: 0, datagramsLost: 0, connections: 0, frames: 0, bytes: 0 }
  /** Of processes that have ended: what they said is not all there yet. */
  private readonly orphans = new Set<VirtualSocket>()

  /** `chance`: 0 ≤ x < 1. */
  constructor(
    nowNanos: () => number,
    wake: (at: number, afterNanos: number) => void,
    private readonly chance: () => number
  ) {
    this.agenda = new VirtualAgenda(nowNanos, wake)
  }

  // ---------------------------------------------------------------------------------------------------- machines

  /** The machine of a node; a crashed one is replaced by a new one at the same address. */
  join(peerId: PeerId): VirtualMachine {
    let machine = this.machines.get(peerId)
    if (machine === undefined) {
      const n = this.addresses.size + 1
      const address = this.addresses.get(peerId) ?? `10.0.${n >> 8}.${n & 255}`
      this.addresses.set(peerId, address)
      machine = new VirtualMachine(peerId, { address, port: 43234 })
      this.machines.set(peerId, machine)
      this.left.delete(address)
    }
    machine.users += 1
    return machine
  }

  /** A layer goes; the last one takes the machine with it. */
  leave(machine: VirtualMachine): void {
    machine.users -= 1
    if (machine.users > 0 || this.machines.get(machine.peerId) !== machine) return
    this.machines.delete(machine.peerId)
    this.left.set(machine.place.address, machine)
    // What it said still arrives, as far as nothing is in the way.
    machine.die()
    for (const socket of machine.sockets) if (socket.inFlight > 0) this.orphans.add(socket)
  }

  /**
   * The process dies: what it does from now on has no effect. Its connections are reset at once, or, where `torn`, after
   * a part of what was on its way, by chance.
   */
  crash(peerId: PeerId, { torn = false }: { readonly torn?: boolean } = {}): void {
    const machine = this.machines.get(peerId)
    if (machine === undefined) return
    machine.die()
    this.machines.delete(peerId)
    this.left.set(machine.place.address, machine)
    for (const socket of Array.from(machine.sockets)) {
      if (torn) socket.resetAfter(Math.floor(this.chance() * (socket.inFlight + 1)))
      else socket.reset()
    }
    machine.sockets.clear()
  }

  /** The process is stopped: what comes to it waits, as long as there is room. */
  pause(peerId: PeerId): void {
    this.machines.get(peerId)?.pause()
  }

  resume(peerId: PeerId): void {
    this.machines.get(peerId)?.resume()
  }

  others(machine: VirtualMachine): ReadonlyArray<VirtualMachine> {
    return Array.from(this.machines.values()).filter((other) => other !== machine)
  }

  at(address: string): VirtualMachine | null {
    for (const machine of this.machines.values()) if (machine.place.address === address) return machine
    return null
  }

  /** The same, or whoever was the last there. */
  lastAt(address: string): VirtualMachine | null {
    return this.at(address) ?? this.left.get(address) ?? null
  }

  // ------------------------------------------------------------------------------------------------------ cables

  isCut(from: VirtualMachine, to: VirtualMachine): boolean {
    return this.cuts.size > 0
      && (this.cuts.has(`${from.peerId}>${to.peerId}`) || this.cuts.has(from.peerId) || this.cuts.has(to.peerId))
  }

  /** Nothing passes in this direction. `to` null: nor anything else from or to this machine. */
  cut(from: PeerId, to: PeerId | null): void {
    this.cuts.add(to === null ? from : `${from}>${to}`)
  }

  /** Streams go on where they were held. */
  heal(from: PeerId, to: PeerId | null): void {
    this.cuts.delete(to === null ? from : `${from}>${to}`)
    for (const machine of this.machines.values()) {
      for (const socket of machine.sockets) {
        if (!this.isCut(machine, socket.other.machine)) socket.resend()
      }
    }
    // What processes had said that have ended since: their machines still send it.
    for (const socket of Array.from(this.orphans)) {
      if (!this.isCut(socket.machine, socket.other.machine)) {
        this.orphans.delete(socket)
        socket.resend()
      }
    }
  }

  orphaned(socket: VirtualSocket): void {
    this.orphans.add(socket)
  }

  /** Nothing arrives in this direction for so long; nothing is lost by that. */
  clog(from: PeerId, to: PeerId, ms: number): void {
    this.direction(from, to).cloggedUntil = this.agenda.nowNanos() + ms * 1e6
  }

  /** The same for streams alone: TCP waits for its retransmission timer, while datagrams pass. */
  stick(from: PeerId, to: PeerId, ms: number): void {
    this.direction(from, to).stuckUntil = this.agenda.nowNanos() + ms * 1e6
  }

  private direction(from: PeerId, to: PeerId): Direction {
    const key = `${from}>${to}`
    let direction = this.directions.get(key)
    if (direction === undefined) this.directions.set(key, direction = { busyUntil: 0, cloggedUntil: 0, stuckUntil: 0 })
    return direction
  }

  arrival(from: VirtualMachine, to: VirtualMachine, bytes: number): number {
    const { bytesPerSecond, jitterMs, latencyMs } = this.conditions
    const now = this.agenda.nowNanos()
    const delayMs = jitterMs === 0 ? latencyMs : latencyMs + this.chance() * jitterMs
    const delay = Math.round(delayMs * 1e6)
    if (bytesPerSecond === Infinity && this.directions.size === 0) return now + delay
    const direction = this.direction(from.peerId, to.peerId)
    direction.busyUntil = Math.max(now, direction.busyUntil) + Math.round(bytes / bytesPerSecond * 1e9)
    return Math.max(direction.busyUntil + delay, direction.cloggedUntil)
  }

  streamArrival(from: VirtualMachine, to: VirtualMachine, bytes: number): number {
    const { corruption, loss } = this.conditions
    const isLost = (): boolean => loss + corruption > 0 && this.chance() < loss + corruption
    let late = 0
    for (let i = 0; i < retransmissionsMax && isLost(); i++) late += retransmitNanos * 2 ** i
    const arrival = this.arrival(from, to, bytes) + late
    return this.directions.size === 0 ? arrival : Math.max(arrival, this.direction(from.peerId, to.peerId).stuckUntil)
  }

  /** `unreachable`: the process that it was for is gone, which its machine is about to tell; null: this is such word. */
  datagram(
    from: VirtualMachine,
    to: VirtualMachine,
    kind: DatagramKind,
    datagram: Uint8Array,
    deliver: (datagram: Uint8Array) => void,
    unreachable: (() => void) | null = () => {}
  ): void {
    if (!from.isAlive && unreachable !== null) return
    this.counts.datagrams += 1
    const { corruption, duplication, loss } = this.conditions
    if (this.isCut(from, to) || (loss > 0 && this.chance() < loss)) {
      this.counts.datagramsLost += 1
      return
    }
    const copies = duplication > 0 && this.chance() < duplication ? 2 : 1
    for (let i = 0; i < copies; i++) {
      const bytes = corruption > 0 && this.chance() < corruption ? this.corrupted(datagram) : datagram
      this.agenda.post(this.arrival(from, to, bytes.length), () => {
        const arrives = !this.isCut(from, to)
        const passes = arrives && to.isAlive && to.enterDatagram(() => {
          if (unreachable !== null) this.onDelivery?.({ kind, from: from.peerId, to: to.peerId, bytes })
          deliver(bytes)
        })
        if (passes) return
        this.counts.datagramsLost += 1
        if (arrives && !to.isAlive) unreachable?.()
      })
    }
  }

  /** One to eight bits turned. */
  private corrupted(datagram: Uint8Array): Uint8Array {
    const bytes = Uint8Array.from(datagram)
    for (let bits = 1 + Math.floor(this.chance() * 8); bits > 0; bits--) {
      const at = Math.floor(this.chance() * bytes.length)
      bytes[at] = bytes[at]! ^ (1 << Math.floor(this.chance() * 8))
    }
    return bytes
  }

  /** Returns what gives the attempt up. A cut makes it wait, a place where nobody listens refuses it. */
  connect(
    from: VirtualMachine,
    to: Place,
    connected: (socket: VirtualSocket) => void,
    refused: (detail: string) => void
  ): () => void {
    let waiting = true
    const target = () => this.at(to.address)
    const arrival = () => {
      const machine = target()
      return machine === null
        ? this.agenda.nowNanos() + this.conditions.latencyMs * 1e6
        : this.arrival(from, machine, 64)
    }
    const attempt = (now: number): void => {
      if (!waiting || !from.isAlive) return
      const machine = target()
      if (machine !== null && (this.isCut(from, machine) || this.isCut(machine, from))) {
        return this.agenda.post(now + synEveryNanos, attempt)
      }
      const nobody = machine === null || machine.place.port !== to.port
        || (machine.isRunning && machine.onConnection === null)
      if (nobody) {
        return this.agenda.post(arrival(), () =>
          from.enter(() => {
            if (waiting) refused("nobody listens there")
          }))
      }
      const near = new VirtualSocket(this, from)
      const far = new VirtualSocket(this, machine)
      near.other = far
      far.other = near
      from.sockets.add(near)
      machine.sockets.add(far)
      this.counts.connections += 1
      machine.enter(() => machine.onConnection?.(far))
      this.agenda.post(arrival(), () =>
        from.enter(() => {
          if (waiting) connected(near)
          else near.end()
        }))
    }
    this.agenda.post(arrival(), attempt)
    return () => {
      waiting = false
    }
  }

  delivered(from: VirtualMachine, to: VirtualMachine, bytes: Uint8Array): void {
    this.counts.frames += 1
    this.counts.bytes += bytes.length
    this.onDelivery?.({ kind: "frame", from: from.peerId, to: to.peerId, bytes })
  }

  stats(): Stats {
    return { ...this.counts }
  }
}
