/** One machine of a virtual network, with one process on it, and its sides of connections. */
import type { PeerId } from "../../protocol/Ids.ts"
import type { Place } from "../../services/Discovery.ts"
import type { VirtualAgenda } from "./VirtualAgenda.ts"

/** What a paused process's sockets keep for it: datagrams beyond that are lost. */
const datagramsKeptMax = 256

/** A datagram socket, as those who send to it see it. */
export interface VirtualPort {
  readonly takesFrom: (place: Place) => boolean
  readonly receive: (datagram: Uint8Array, from: Place) => void
}

/** Whatever is told what comes to a machine. */
export type Ears = Pick<VirtualMachine, "onAnnouncement" | "onAnswer" | "onBeat" | "onConnection">

export class VirtualMachine {
  private state: "running" | "paused" | "dead" = "running"
  private waiting: Array<() => void> = []
  private datagramsWaiting = 0
  /** How many layers live on it. */
  users = 0
  onAnnouncement: ((datagram: Uint8Array, from: VirtualMachine) => void) | null = null
  /** Of a program that is no node: what it is told when it looks for servers. */
  onAnswer: ((datagram: Uint8Array) => void) | null = null
  onBeat: ((datagram: Uint8Array) => void) | null = null
  onConnection: ((socket: VirtualSocket) => void) | null = null
  readonly sockets = new Set<VirtualSocket>()
  /** Its datagram sockets, by port. */
  readonly ports = new Map<number, VirtualPort>()

  constructor(readonly peerId: PeerId, readonly place: Place) {}

  get isAlive(): boolean {
    return this.state !== "dead"
  }

  /** Its process takes what its sockets have. */
  get isRunning(): boolean {
    return this.state === "running"
  }

  /** Something for the process to see to: at once, when it runs again, or never. */
  enter(callback: () => void): void {
    if (this.state === "running") callback()
    else if (this.state === "paused") this.waiting.push(callback)
  }

  /** False: there was no room for it. */
  enterDatagram(callback: () => void): boolean {
    if (this.state === "paused") {
      if (this.datagramsWaiting >= datagramsKeptMax) return false
      this.datagramsWaiting++
    }
    this.enter(callback)
    return this.isAlive
  }

  pause(): void {
    if (this.state === "running") this.state = "paused"
  }

  /** What waited for the process comes to it now. */
  resume(): void {
    if (this.state !== "paused") return
    this.state = "running"
    const { waiting } = this
    this.waiting = []
    this.datagramsWaiting = 0
    for (const callback of waiting) this.enter(callback)
    for (const socket of Array.from(this.sockets)) socket.other.resend()
  }

  /** The process is gone, and its machine answers for it: nobody listens here. */
  die(): void {
    this.state = "dead"
    this.waiting = []
    this.ports.clear()
    this.onAnnouncement =
      this.onAnswer =
      this.onBeat =
      this.onConnection =
        null
  }
}

/** What a stream takes before its sender has to wait, in bytes. */
const windowBytes = 256 * 1024

/** What is lost or held is sent again after so long, then after twice as long, and so on (RFC 6298; Linux's least). */
export const retransmitNanos = 200_000_000

/** What one side of a connection is told. */
export interface EndHandler {
  readonly receive: (chunk: Uint8Array) => void
  readonly ended: (reason: "closed" | "reset", detail: string) => void
  /** The stream takes more. */
  readonly drained: () => void
}

type Item = Uint8Array | "end" | "reset"

/** What a connection needs of its network. */
export interface Cables {
  readonly agenda: VirtualAgenda
  /** Whether streams go on as late after a cut as TCP's retransmission timer lets them, rather than at once. */
  readonly backsOff: boolean
  isCut(from: VirtualMachine, to: VirtualMachine): boolean
  /** When so many bytes that are sent now arrive, in nanoseconds. */
  arrival(from: VirtualMachine, to: VirtualMachine, bytes: number): number
  /** The same for a stream, which sends again what was lost. */
  streamArrival(from: VirtualMachine, to: VirtualMachine, bytes: number): number
  delivered(from: VirtualMachine, to: VirtualMachine, bytes: Uint8Array): void
  /** A cut holds what this socket said; its process has ended. */
  orphaned(socket: VirtualSocket): void
}

/** One side of a connection: a stream of bytes, in order, which waits wherever a cable is cut. */
export class VirtualSocket {
  handler: EndHandler | null = null
  other!: VirtualSocket
  /** On their way to the other side, in order. */
  private readonly queue: Array<{ at: number; readonly item: Item }> = []
  private queuedBytes = 0
  private ended = false
  private over = false
  /** Since when what is due is held by a cut, in nanoseconds, or null. */
  private heldSince: number | null = null

  constructor(private readonly net: Cables, readonly machine: VirtualMachine) {}

  get full(): boolean {
    return this.queuedBytes >= windowBytes
  }

  write(chunk: Uint8Array): void {
    if (this.ended) return
    this.queuedBytes += chunk.length
    this.push(chunk)
  }

  /** The other side hears `closed` after all that was written. */
  end(): void {
    if (this.ended) return
    this.ended = true
    this.push("end")
  }

  /** The process died. The other side hears `reset` at once, and nothing else any more. */
  reset(): void {
    this.ended = true
    this.queue.length = 0
    this.machine.sockets.delete(this)
    if (!this.net.isCut(this.machine, this.other.machine)) this.other.finish("reset", "connection reset")
  }

  /** The process died: of what is on its way the other side gets the first `kept` frames, then hears `reset`. */
  resetAfter(kept: number): void {
    this.ended = true
    this.queue.length = Math.min(this.queue.length, kept)
    this.machine.sockets.delete(this)
    this.push("reset")
  }

  /** How many frames are on their way. */
  get inFlight(): number {
    return this.queue.length
  }

  /** What a cut or a pause held is sent again: at once, or when a sender would who knows of no cuts. */
  resend(): void {
    if (this.queue.length === 0) return
    let at = this.net.arrival(this.machine, this.other.machine, 0)
    if (this.net.backsOff && this.heldSince !== null) {
      let wait = retransmitNanos
      while (this.heldSince + wait < at) wait = 2 * wait + retransmitNanos
      at = this.heldSince + wait
    }
    for (const one of this.queue) if (one.at < at) one.at = at
    this.net.agenda.post(at, this.deliver)
  }

  private push(item: Item): void {
    if (!this.machine.isAlive && item !== "reset") return
    const last = this.queue.at(-1)
    const bytes = typeof item === "string" ? 0 : item.length
    const at = this.net.streamArrival(this.machine, this.other.machine, bytes)
    this.queue.push({ at: last !== undefined && last.at > at ? last.at : at, item })
    this.net.agenda.post(this.queue.at(-1)!.at, this.deliver)
  }

  private readonly deliver = (now: number): void => {
    const wasFull = this.full
    while (this.queue.length > 0 && this.queue[0]!.at <= now) {
      const target = this.other.machine
      if (this.net.isCut(this.machine, target)) {
        this.heldSince ??= now
        if (!this.machine.isAlive) this.net.orphaned(this)
        return
      }
      this.heldSince = null
      if (target.isAlive && !target.isRunning) return
      const { item } = this.queue.shift()!
      if (!target.isAlive) {
        // The machine answers for the dead process, once it has sent what that had said.
        this.queue.length = 0
        this.machine.sockets.delete(this)
        if (this.other.inFlight === 0 && !this.net.isCut(target, this.machine)) this.finish("reset", "connection reset")
        return
      }
      if (typeof item === "string") {
        this.machine.sockets.delete(this)
        if (item === "end") this.other.finish("closed", "closed by the other side")
        else this.other.finish("reset", "connection reset")
      } else {
        this.queuedBytes -= item.length
        this.net.delivered(this.machine, target, item)
        if (!this.other.over) this.other.handler?.receive(item)
      }
    }
    if (wasFull && !this.full && !this.ended) this.machine.enter(() => this.handler?.drained())
  }

  private finish(reason: "closed" | "reset", detail: string): void {
    if (this.over) return
    this.over = true
    this.machine.enter(() => {
      this.handler?.ended(reason, detail)
      this.end()
    })
  }
}
