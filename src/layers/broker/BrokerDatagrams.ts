/** Datagram sockets whose network is a broker: each is a subject that no other process subscribes to. */
import { Effect, FiberSet, type Scope } from "effect"
import { createHmac, randomBytes, randomInt } from "node:crypto"
import { BrokerError, type BrokerService } from "../../services/Broker.ts"
import type { Place } from "../../services/Discovery.ts"
import type { Datagrams, DatagramSocket, SocketEvents } from "../udp/Datagrams.ts"

/** Ports are names here; those below belong to whoever asks for one by number. */
const portLeast = 1_024
const portMax = 65_535
/** So many ports are tried at random before that is given up. */
const attemptsMax = 16

const prefix = "hostless.link."

const subjectOf = ({ address, port }: Place): string => `${prefix}${address.replaceAll(".", "-")}.${port}`

/** Null where it is no such subject. */
const placeOf = (subject: string): Place | null => {
  const found = /^hostless\.link\.(\d{1,3}-\d{1,3}-\d{1,3}-\d{1,3})\.(\d{1,5})$/.exec(subject)
  return found === null ? null : { address: found[1]!.replaceAll("-", "."), port: Number(found[2]) }
}

class BrokerSocket implements DatagramSocket {
  isClosed = false
  private connectedTo: string | null = null
  private readonly subject: string
  unsubscribe: () => void = () => {}

  constructor(
    readonly place: Place,
    private readonly broker: BrokerService,
    private readonly events: SocketEvents,
    private readonly soon: Datagrams["soon"]
  ) {
    this.subject = subjectOf(place)
  }

  readonly taker = {
    receive: (datagram: Uint8Array, from: string): void => {
      if (this.isClosed || (this.connectedTo !== null && from !== this.connectedTo)) return
      const place = placeOf(from)
      if (place !== null) this.events.receive(datagram, place)
    },
    undelivered: (to: string | null): void => {
      if (this.isClosed || this.connectedTo === null || (to !== null && to !== this.connectedTo)) return
      this.events.refused()
    }
  }

  readonly send = (datagram: Uint8Array, to: Place | null): void => {
    const subject = to === null ? this.connectedTo : subjectOf(to)
    if (!this.isClosed && subject !== null) this.broker.publish(subject, datagram, this.subject)
  }

  readonly connect = (to: Place, done: (error: Error | null) => void): void => {
    this.connectedTo = subjectOf(to)
    this.soon(() => {
      if (!this.isClosed) done(null)
    })
  }

  readonly close = (): void => {
    if (this.isClosed) return
    this.isClosed = true
    this.unsubscribe()
  }
}

const taken = (port: number): NodeJS.ErrnoException =>
  Object.assign(new Error(`port ${port} is taken`), { code: "EADDRINUSE" })

/** A place whose subject nobody has. */
const free = Effect.fnUntraced(function*(broker: BrokerService, { address, port }: Place) {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const place = { address, port: port === 0 ? randomInt(portLeast, portMax + 1) : port }
    if (!(yield* broker.isTaken(subjectOf(place)))) return place
    if (port !== 0) break
  }
  return yield* Effect.fail(taken(port))
})

/** Sockets for as long as the scope is open. Their time stands still while the broker is away. */
export const make = Effect.fnUntraced(function*(
  broker: BrokerService
): Effect.fn.Return<Datagrams, never, Scope.Scope> {
  const run = yield* FiberSet.makeRuntime<never>()
  const key = randomBytes(32)
  const soon = (callback: () => void) => void setImmediate(callback)
  const bind: Datagrams["bind"] = (place, events, done) => {
    const opened = Effect.gen(function*() {
      const own = yield* free(broker, place)
      const socket = new BrokerSocket(own, broker, events, soon)
      socket.unsubscribe = yield* broker.subscribe(subjectOf(own), socket.taker)
      return socket
    })
    run(Effect.matchEffect(opened, {
      onSuccess: (socket) => Effect.sync(() => done(socket)),
      onFailure: (error) => Effect.sync(() => done(error instanceof BrokerError ? new Error(error.detail) : error))
    }))
  }
  return {
    bind,
    nowMs: broker.nowMs,
    after: broker.after,
    soon,
    uint32: () => randomBytes(4).readUInt32BE(),
    mac: (bytes) => createHmac("sha256", key).update(bytes).digest()
  }
})
