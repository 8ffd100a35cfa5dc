/** Datagram sockets of a virtual machine. Everything happens on the network's agenda, so the same run is the same again. */
import { createHmac } from "node:crypto"
import type { Place } from "../../services/Discovery.ts"
import type { Datagrams, DatagramSocket, SocketEvents } from "../udp/Datagrams.ts"
import type { VirtualMachine, VirtualPort } from "./VirtualMachine.ts"
import type { VirtualNetwork } from "./VirtualNetwork.ts"

/** Where ports are given out to whoever wants any. */
const ephemeralPort = 32_768

/** A socket of a virtual machine. */
export class VirtualDatagramSocket implements DatagramSocket, VirtualPort {
  private peer: Place | null = null

  constructor(
    private readonly network: VirtualNetwork,
    private readonly machine: VirtualMachine,
    readonly place: Place,
    private readonly events: SocketEvents
  ) {}

  readonly send = (datagram: Uint8Array, to: Place | null): void => {
    const { machine, network, place } = this
    const goal = to ?? this.peer
    if (!this.isOpen || goal === null) return
    const target = network.lastAt(goal.address)
    if (target === null) return
    const unreachable = () => {
      network.datagram(target, machine, "link", datagram, () => this.refused(goal), null)
    }
    network.datagram(machine, target, "link", datagram, (bytes) => {
      const socket = target.ports.get(goal.port)
      if (socket === undefined || !socket.takesFrom(place)) unreachable()
      else socket.receive(bytes, place)
    }, unreachable)
  }

  readonly connect = (to: Place, done: (error: Error | null) => void): void => {
    this.peer = to
    this.network.agenda.post(this.network.agenda.nowNanos(), () => {
      if (this.isOpen) this.machine.enter(() => done(null))
    })
  }

  readonly close = (): void => {
    if (this.isOpen) this.machine.ports.delete(this.place.port)
  }

  private get isOpen(): boolean {
    return this.machine.ports.get(this.place.port) === this
  }

  readonly takesFrom = ({ address, port }: Place): boolean =>
    this.peer === null || (this.peer.address === address && this.peer.port === port)

  readonly receive = (datagram: Uint8Array, from: Place): void => this.events.receive(datagram, from)

  /** The other machine says that nobody listens there. */
  private refused(at: Place): void {
    if (this.isOpen && this.peer?.address === at.address && this.peer.port === at.port) this.events.refused()
  }
}

/** The sockets of a machine. `chance`: 0 ≤ n < 2^32. */
export const make = (network: VirtualNetwork, machine: VirtualMachine, chance: () => number): Datagrams => {
  const { agenda } = network
  let lastPort = ephemeralPort - 1
  const freePort = (): number => {
    do lastPort = lastPort >= 0xffff ? ephemeralPort : lastPort + 1
    while (machine.ports.has(lastPort))
    return lastPort
  }
  const at = (nanos: number, run: () => void): void => agenda.post(nanos, () => machine.enter(run))
  return {
    bind: ({ port }, events, done) => {
      if (machine.ports.has(port)) {
        const error = new Error(`bind EADDRINUSE ${machine.place.address}:${port}`)
        return done(Object.assign(error, { code: "EADDRINUSE" }))
      }
      const place = { address: machine.place.address, port: port === 0 ? freePort() : port }
      const socket = new VirtualDatagramSocket(network, machine, place, events)
      machine.ports.set(place.port, socket)
      done(socket)
    },
    nowMs: () => agenda.nowNanos() / 1e6,
    // To whole milliseconds, as a real machine's timers are: so fewer moments have to be looked at.
    after: (ms, run) => at(Math.ceil(agenda.nowNanos() / 1e6 + ms) * 1e6, run),
    soon: (run) => at(agenda.nowNanos(), run),
    uint32: chance,
    mac: (bytes) => createHmac("sha256", machine.peerId).update(bytes).digest()
  }
}
