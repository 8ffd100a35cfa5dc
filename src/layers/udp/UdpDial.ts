/** An attempt to connect over datagrams, from its own socket. Synchronous; owned by its endpoint. */
import { type Accepted, Dial } from "../../core/udp/Dial.ts"
import { type Packet, parse } from "../../core/udp/Packet.ts"
import type { Place } from "../../services/Discovery.ts"
import type { Datagrams, DatagramSocket } from "./Datagrams.ts"
import type { UdpConnection } from "./UdpConnection.ts"

/** What a dial needs of its endpoint. */
export interface DialOwner {
  readonly datagrams: Datagrams
  /** Its timer has changed. */
  readonly timed: (dial: UdpDial) => void
  /** It is accepted: a connection over this socket, which is connected to the other end. */
  readonly open: (accepted: Accepted, socket: DatagramSocket, remote: Place) => UdpConnection
  readonly rejected: () => void
  readonly over: (dial: UdpDial) => void
}

export class UdpDial {
  private socket: DatagramSocket | null = null
  private core: Dial | null = null
  private connection: UdpConnection | null = null
  private isOver = false

  /** Begins at once. `connected` or `failed` is told once, unless it is given up. */
  constructor(
    private readonly owner: DialOwner,
    from: string,
    private readonly to: Place,
    private readonly connected: (connection: UdpConnection) => void,
    private readonly failed: (detail: string) => void
  ) {
    owner.datagrams.bind({ address: from, port: 0 }, {
      receive: (datagram) => this.receive(parse(datagram)),
      refused: () => this.refused()
    }, (result) => {
      if (result instanceof Error) return this.fail(result.message)
      if (this.isOver) return result.close()
      this.socket = result
      result.connect(to, (error) => {
        if (error !== null) return this.fail(error.message)
        const { nowMs, uint32 } = owner.datagrams
        this.core = new Dial(uint32(), nowMs())
        this.tick()
      })
    })
  }

  get timeoutAtMs(): number {
    return this.core?.timeoutAtMs ?? Infinity
  }

  tick(): void {
    const datagram = this.core?.transmit(this.owner.datagrams.nowMs()) ?? null
    if (datagram !== null) this.socket!.send(datagram, null)
    if (!this.isOver) this.owner.timed(this)
  }

  giveUp(): void {
    if (this.isOver) return
    this.end()
    this.socket?.close()
  }

  private fail(detail: string): void {
    if (this.isOver) return
    this.giveUp()
    this.failed(detail)
  }

  private end(): void {
    this.isOver = true
    this.core = null
    this.owner.over(this)
  }

  private refused(): void {
    if (this.connection !== null) this.connection.refused()
    else this.fail("nobody listens there")
  }

  private receive(packet: Packet | null): void {
    if (packet === null) return this.owner.rejected()
    if (this.connection !== null) {
      if (!this.connection.receive(packet)) this.owner.rejected()
      return
    }
    const accepted = this.core?.receive(packet, this.owner.datagrams.nowMs()) ?? null
    if (accepted === null) return this.tick()
    // From now on only time-outs of others end this.
    this.core = null
    if (accepted.port === this.to.port) return this.open(accepted)
    // The listener's connection has a socket of its own.
    this.socket!.connect({ address: this.to.address, port: accepted.port }, (error) => {
      if (error !== null) this.fail(error.message)
      else if (!this.isOver) this.open(accepted)
    })
  }

  private open(accepted: Accepted): void {
    this.end()
    this.connection = this.owner.open(accepted, this.socket!, { address: this.to.address, port: accepted.port })
    this.connected(this.connection)
    this.connection.flush()
  }
}
