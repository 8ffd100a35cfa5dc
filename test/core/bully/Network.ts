/**
 * Links between simulated processes: reliable, in order, held by a cut, over when a process dies; nothing is lost but by
 * the end of a link.
 */
import type { BullyMessage } from "../../../src/protocol/Bully.ts"
import type { PeerId } from "../../../src/protocol/Ids.ts"
import type { Agenda } from "./Agenda.ts"
import type { LogMessage } from "./Log.ts"

export type Message = BullyMessage | LogMessage

/** One process as the network sees it. */
export interface Endpoint {
  readonly id: PeerId
  alive: boolean
  readonly links: Map<PeerId, Connection>
  /** Until when it does not link to this peer again. */
  readonly putOff: Map<PeerId, number>
  readonly linkUp: (connection: Connection, peer: Endpoint) => void
  readonly linkDown: (connection: Connection, peer: Endpoint, left: boolean) => void
  readonly receive: (from: Endpoint, message: Message) => void
}

type Item =
  | { readonly _tag: "confirm" }
  | { readonly _tag: "message"; readonly message: Message }
  | { readonly _tag: "end"; readonly left: boolean }

/** How long a peer that was given up is not linked again. */
const putOffMs = 1_000
const dialEveryMs = 120

interface Direction {
  readonly from: Endpoint
  readonly to: Endpoint
  readonly queue: Array<{ at: number; readonly item: Item }>
}

export class Connection {
  readonly directions: readonly [Direction, Direction]
  readonly up = new Set<Endpoint>()

  constructor(private readonly net: Network, readonly dialer: Endpoint, readonly acceptor: Endpoint) {
    this.directions = [
      { from: dialer, to: acceptor, queue: [] },
      { from: acceptor, to: dialer, queue: [] }
    ]
  }

  other(me: Endpoint): Endpoint {
    return me === this.dialer ? this.acceptor : this.dialer
  }

  push(from: Endpoint, item: Item): void {
    const direction = this.directions[from === this.dialer ? 0 : 1]
    const at = Math.max(this.net.agenda.now + this.net.delay(), direction.queue.at(-1)?.at ?? 0)
    direction.queue.push({ at, item })
    this.net.agenda.after(at - this.net.agenda.now, () => this.deliver(direction))
  }

  /** What a cut has held goes on. */
  resend(): void {
    for (const direction of this.directions) {
      if (direction.queue.length === 0) continue
      const at = this.net.agenda.now + this.net.delay()
      for (const held of direction.queue) held.at = Math.max(held.at, at)
      this.net.agenda.after(at - this.net.agenda.now, () => this.deliver(direction))
    }
  }

  private deliver({ from, queue, to }: Direction): void {
    while (queue.length > 0 && queue[0]!.at <= this.net.agenda.now && !this.net.isCut(from.id, to.id)) {
      const { item } = queue.shift()!
      if (!to.alive) continue
      if (item._tag === "confirm") this.net.establish(this, to)
      else if (!this.up.has(to)) continue
      else if (item._tag === "message") to.receive(from, item.message)
      else this.close(to, item.left)
    }
  }

  /** This side is over. */
  close(side: Endpoint, left: boolean): void {
    if (!this.up.delete(side)) return
    const other = this.other(side)
    if (side.links.get(other.id) === this) side.links.delete(other.id)
    if (side.alive) side.linkDown(this, other, left)
  }
}

export class Network {
  private readonly cuts = new Set<string>()
  private readonly endpoints = new Set<Endpoint>()
  private readonly dialling = new Set<string>()
  messages = 0

  constructor(readonly agenda: Agenda, readonly delay: () => number) {}

  isCut(from: PeerId, to: PeerId): boolean {
    return this.cuts.has(from + to)
  }

  cut(from: PeerId, to: PeerId): void {
    this.cuts.add(from + to)
  }

  heal(from: PeerId, to: PeerId): void {
    if (!this.cuts.delete(from + to)) return
    for (const endpoint of this.endpoints) for (const connection of endpoint.links.values()) this.resume(connection)
  }

  private resume(connection: Connection): void {
    connection.resend()
    // A dead process's machine resets what still comes to it.
    for (const side of connection.up) {
      const other = connection.other(side)
      if (side.alive && !other.alive && !this.isCut(other.id, side.id)) this.reset(connection, side)
    }
  }

  join(endpoint: Endpoint): void {
    this.endpoints.add(endpoint)
    this.keepDialling(endpoint)
  }

  private keepDialling(endpoint: Endpoint): void {
    if (!endpoint.alive) return
    for (const other of this.endpoints) if (other.alive && endpoint.id < other.id) this.dial(endpoint, other)
    this.agenda.after(dialEveryMs, () => this.keepDialling(endpoint))
  }

  private dial(dialer: Endpoint, acceptor: Endpoint): void {
    const pair = dialer.id + acceptor.id
    const { now } = this.agenda
    if (dialer.links.has(acceptor.id) || this.dialling.has(pair)) return
    if (this.isCut(dialer.id, acceptor.id) || this.isCut(acceptor.id, dialer.id)) return
    if ((dialer.putOff.get(acceptor.id) ?? 0) > now || (acceptor.putOff.get(dialer.id) ?? 0) > now) return
    this.dialling.add(pair)
    this.agenda.after(this.delay() + this.delay(), () => {
      this.dialling.delete(pair)
      if (!dialer.alive || !acceptor.alive || dialer.links.has(acceptor.id)) return
      if (this.isCut(dialer.id, acceptor.id) || this.isCut(acceptor.id, dialer.id)) return
      const connection = new Connection(this, dialer, acceptor)
      connection.push(dialer, { _tag: "confirm" })
      this.establish(connection, dialer)
    })
  }

  establish(connection: Connection, side: Endpoint): void {
    const other = connection.other(side)
    side.links.get(other.id)?.close(side, false)
    connection.up.add(side)
    side.links.set(other.id, connection)
    side.linkUp(connection, other)
  }

  send(from: Endpoint, to: PeerId, message: Message): void {
    if (!from.alive) return
    this.messages++
    from.links.get(to)?.push(from, { _tag: "message", message })
  }

  /** One side closes the link: the other hears of it after all that was sent before. */
  disconnect(from: Endpoint, to: PeerId, left: boolean): void {
    const connection = from.links.get(to)
    if (connection === undefined) return
    if (!left) from.putOff.set(to, this.agenda.now + putOffMs)
    connection.push(from, { _tag: "end", left })
    connection.close(from, false)
  }

  /** The process dies: what it had sent and is still on its way may be lost. */
  crash(endpoint: Endpoint): void {
    endpoint.alive = false
    this.endpoints.delete(endpoint)
    for (const other of this.endpoints) {
      const connection = other.links.get(endpoint.id)
      if (connection?.other(other) === endpoint) this.agenda.after(this.delay(), () => this.reset(connection, other))
    }
  }

  /** Ends a link with a dead process, for the side that is left. */
  private reset(connection: Connection, side: Endpoint): void {
    if (!this.isCut(connection.other(side).id, side.id)) connection.close(side, false)
  }
}
