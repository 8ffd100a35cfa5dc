/**
 * Machines and cables that exist in memory only: datagrams that can be lost, byte streams that cannot, latency, cuts and
 * crashes. Synchronous, and deterministic: what is due at the same time happens in the order in which it was sent.
 */
import type { PeerId } from "../protocol/Ids.ts"
import type { Place } from "../services/Discovery.ts"

/** What a stream takes before its sender has to wait, in bytes. */
const windowBytes = 256 * 1024
/** What a cut holds is sent again after so long, then after twice as long, and so on (RFC 6298; Linux's least). */
const retransmitAfterNanos = 200_000_000n
/** A connection attempt that meets a cut is repeated after so long, in nanoseconds. */
const synEveryNanos = 100_000_000n

export interface Stats {
  readonly datagrams: number
  readonly datagramsLost: number
  readonly connections: number
  /** Frames delivered on connections, and their bytes. */
  readonly frames: number
  readonly bytes: number
}

/** What one side of a connection is told. */
export interface EndHandler {
  readonly receive: (chunk: Uint8Array) => void
  readonly ended: (reason: "closed" | "reset", detail: string) => void
  /** The stream takes more. */
  readonly drained: () => void
}

/** One machine with one process. */
export interface Machine {
  readonly peerId: PeerId
  readonly place: Place
  alive: boolean
  /** How many layers live on it. */
  users: number
  onAnnouncement: ((datagram: Uint8Array, from: Machine) => void) | null
  onBeat: ((datagram: Uint8Array) => void) | null
  onConnection: ((socket: VirtualSocket) => void) | null
  readonly sockets: Set<VirtualSocket>
}

/** One side of a connection. */
export class VirtualSocket {
  handler: EndHandler | null = null
  other!: VirtualSocket
  /** On their way to the other side, in order; null is the end of the stream. */
  private readonly queue: Array<{ at: bigint; readonly chunk: Uint8Array | null }> = []
  private queuedBytes = 0
  private ended = false
  private over = false
  /** Since when what is due is held by a cut, or null. */
  private heldSince: bigint | null = null

  constructor(private readonly net: VirtualNetwork, readonly machine: Machine) {}

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
    this.push(null)
  }

  /** The other side hears `reset` now, and nothing else any more. */
  reset(): void {
    this.ended = true
    this.queue.length = 0
    if (!this.net.isCut(this.machine, this.other.machine)) this.other.finish("reset", "connection reset")
    this.machine.sockets.delete(this)
  }

  /** Whatever was held by a cut is sent again: at once, or when a sender would who knows nothing of cuts. */
  resend(): void {
    if (this.queue.length === 0) return
    let at = this.net.arrival()
    if (this.net.backsOff && this.heldSince !== null) {
      let wait = retransmitAfterNanos
      while (this.heldSince + wait < at) wait = 2n * wait + retransmitAfterNanos
      at = this.heldSince + wait
    }
    for (const item of this.queue) if (item.at < at) item.at = at
    this.net.post(at, this.deliver)
  }

  private push(chunk: Uint8Array | null): void {
    if (!this.machine.alive) return
    const last = this.queue.at(-1)
    const at = this.net.arrival()
    this.queue.push({ at: last !== undefined && last.at > at ? last.at : at, chunk })
    this.net.post(this.queue.at(-1)!.at, this.deliver)
  }

  private readonly deliver = (now: bigint): void => {
    const wasFull = this.full
    while (this.queue.length > 0 && this.queue[0]!.at <= now) {
      if (this.net.isCut(this.machine, this.other.machine)) {
        this.heldSince ??= now
        return
      }
      this.heldSince = null
      const { chunk } = this.queue.shift()!
      if (chunk === null) {
        this.machine.sockets.delete(this)
        this.other.finish("closed", "closed by the other side")
      } else {
        this.queuedBytes -= chunk.length
        this.net.count(chunk.length)
        if (!this.other.over) this.other.handler?.receive(chunk)
      }
    }
    if (wasFull && !this.full && !this.ended) this.handler?.drained()
  }

  private finish(reason: "closed" | "reset", detail: string): void {
    if (this.over) return
    this.over = true
    this.handler?.ended(reason, detail)
    this.end()
  }
}

export class VirtualNetwork {
  latencyMs = 1
  /** Whether streams go on as late after a cut as TCP's retransmission timer lets them, rather than at once. */
  backsOff = false
  /** The share of datagrams that get lost, by an own generator, so that runs repeat. */
  datagramLoss = 0
  private readonly machines = new Map<PeerId, Machine>()
  private readonly addresses = new Map<PeerId, string>()
  private readonly cuts = new Set<string>()
  private readonly agenda: Array<{ readonly at: bigint; readonly run: (now: bigint) => void }> = []
  private readonly wakes = new Set<bigint>()
  private random = 0x2545f491
  private datagrams = 0
  private datagramsLost = 0
  private connections = 0
  private frames = 0
  private bytes = 0

  /** `wake` must call `run(at)` at that time of the clock that `nowNanos` reads. */
  constructor(private readonly nowNanos: () => bigint, private readonly wake: (at: bigint, now: bigint) => void) {}

  // -------------------------------------------------------------------------------------------------------- time

  /** When what is sent now arrives. */
  arrival(): bigint {
    return this.nowNanos() + BigInt(Math.round(this.latencyMs * 1e6))
  }

  post(at: bigint, run: (now: bigint) => void): void {
    let i = this.agenda.length
    while (i > 0 && this.agenda[i - 1]!.at > at) i--
    this.agenda.splice(i, 0, { at, run })
    if (this.wakes.has(at)) return
    this.wakes.add(at)
    this.wake(at, this.nowNanos())
  }

  /** Does what is due at `at`, the clock having reached it. */
  run(at: bigint): void {
    this.wakes.delete(at)
    while (this.agenda.length > 0 && this.agenda[0]!.at <= at) this.agenda.shift()!.run(at)
  }

  // ---------------------------------------------------------------------------------------------------- machines

  /** The machine of a node; a crashed one is replaced by a new one at the same address. */
  join(peerId: PeerId): Machine {
    let machine = this.machines.get(peerId)
    if (machine === undefined) {
      const n = this.addresses.size + 1
      const address = this.addresses.get(peerId) ?? `10.0.${n >> 8}.${n & 255}`
      this.addresses.set(peerId, address)
      machine = {
        peerId,
        place: { address, port: 43234 },
        alive: true,
        users: 0,
        onAnnouncement: null,
        onBeat: null,
        onConnection: null,
        sockets: new Set()
      }
      this.machines.set(peerId, machine)
    }
    machine.users += 1
    return machine
  }

  /** A layer goes; the last one takes the machine with it. */
  leave(machine: Machine): void {
    machine.users -= 1
    if (machine.users === 0 && this.machines.get(machine.peerId) === machine) this.machines.delete(machine.peerId)
  }

  /** The process dies: its connections are reset at once, and what it does from now on has no effect. */
  crash(peerId: PeerId): void {
    const machine = this.machines.get(peerId)
    if (machine === undefined) return
    machine.alive = false
    this.machines.delete(peerId)
    machine.onAnnouncement = machine.onBeat = machine.onConnection = null
    for (const socket of Array.from(machine.sockets)) socket.reset()
  }

  others(machine: Machine): ReadonlyArray<Machine> {
    return Array.from(this.machines.values()).filter((other) => other !== machine)
  }

  at(address: string): Machine | null {
    for (const machine of this.machines.values()) if (machine.place.address === address) return machine
    return null
  }

  // ------------------------------------------------------------------------------------------------------ cables

  isCut(from: Machine, to: Machine): boolean {
    return this.cuts.has(`${from.peerId}>${to.peerId}`) || this.cuts.has(from.peerId) || this.cuts.has(to.peerId)
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
  }

  datagram(from: Machine, to: Machine, deliver: () => void): void {
    if (!from.alive) return
    this.datagrams += 1
    if (this.isCut(from, to) || this.chance() < this.datagramLoss) {
      this.datagramsLost += 1
      return
    }
    this.post(this.arrival(), () => {
      if (!to.alive || this.isCut(from, to)) this.datagramsLost += 1
      else deliver()
    })
  }

  /** Returns what gives the attempt up. A cut makes it wait, a place where nobody listens refuses it. */
  connect(
    from: Machine,
    to: Place,
    connected: (socket: VirtualSocket) => void,
    refused: (detail: string) => void
  ): () => void {
    let waiting = true
    const attempt = (now: bigint): void => {
      if (!waiting || !from.alive) return
      const target = this.at(to.address)
      if (target !== null && (this.isCut(from, target) || this.isCut(target, from))) {
        return this.post(now + synEveryNanos, attempt)
      }
      if (target === null || target.onConnection === null || target.place.port !== to.port) {
        return this.post(this.arrival(), () => {
          if (waiting) refused("nobody listens there")
        })
      }
      const near = new VirtualSocket(this, from)
      const far = new VirtualSocket(this, target)
      near.other = far
      far.other = near
      from.sockets.add(near)
      target.sockets.add(far)
      this.connections += 1
      target.onConnection(far)
      this.post(this.arrival(), () => {
        if (waiting) connected(near)
        else near.end()
      })
    }
    this.post(this.arrival(), attempt)
    return () => {
      waiting = false
    }
  }

  count(bytes: number): void {
    this.frames += 1
    this.bytes += bytes
  }

  stats(): Stats {
    const { bytes, connections, datagrams, datagramsLost, frames } = this
    return { bytes, connections, datagrams, datagramsLost, frames }
  }

  /** xorshift32 */
  private chance(): number {
    let x = this.random
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.random = x
    return (x >>> 0) / 0x1_0000_0000
  }
}
