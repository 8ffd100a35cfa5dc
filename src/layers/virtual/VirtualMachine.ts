/** One machine of a virtual network, with one process on it. */
import type { PeerId } from "../../protocol/Ids.ts"
import type { Place } from "../../services/Discovery.ts"
import type { VirtualDatagramSocket } from "./VirtualDatagrams.ts"
import type { VirtualSocket } from "./VirtualSocket.ts"

/** What a paused process's sockets keep for it: datagrams beyond that are lost. */
const datagramsKeptMax = 256

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
  readonly ports = new Map<number, VirtualDatagramSocket>()

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
