/**
 * A whole LAN in one process, for tests: the same link protocol, discovery and beats as on a real one, over cables in
 * memory. Latency passes on the Clock, so that a TestClock governs it.
 */
import { Duration, Effect, FiberSet, Layer, type Scope } from "effect"
import type { Format } from "../../protocol/Frame.ts"
import type { PeerId } from "../../protocol/Ids.ts"
import { BeatChannel } from "../../services/BeatChannel.ts"
import type { ClusterConfig } from "../../services/ClusterConfig.ts"
import { Discovery } from "../../services/Discovery.ts"
import { NodeIdentity } from "../../services/NodeIdentity.ts"
import { PeerLinks } from "../../services/PeerLinks.ts"
import * as DiscoveryCore from "../discovery/DiscoveryCore.ts"
import * as BeatChannelNone from "../health/BeatChannelNone.ts"
import * as BeatIntake from "../health/BeatIntake.ts"
import type { LinkEnd, Wire } from "../links/Link.ts"
import * as LinkDialer from "../links/LinkDialer.ts"
import * as LinkMesh from "../links/LinkMesh.ts"
import type { LinkNeeds } from "../links/LinkPlace.ts"
import * as PeerLinksUdp from "../links/PeerLinksUdp.ts"
import type { Datagrams } from "../udp/Datagrams.ts"
import * as VirtualDatagrams from "./VirtualDatagrams.ts"
import type { Ears, VirtualMachine, VirtualSocket } from "./VirtualMachine.ts"
import { type Conditions, type Stats, VirtualNetwork, wholeCable } from "./VirtualNetwork.ts"

export interface Options {
  /** How long everything takes from one node to another, in milliseconds. Default: 1. */
  readonly latencyMs?: number
  /** How nodes write frames. Default: `msgpack`. */
  readonly format?: Format
  /** What links go over. Default: `tcp`: streams that lose nothing. `udp`: datagrams, as `PeerLinksUdp`. */
  readonly transport?: "tcp" | "udp"
  /** Numbers of 0 ≤ x < 1, for what happens by chance. Default: always the same ones. */
  readonly chance?: () => number
  /** Calls back after so many nanoseconds of the Clock. Default: a fiber that sleeps. */
  readonly timer?: (afterNanos: number, run: () => void) => void
  /** Whether streams go on as late after a cut as TCP's retransmission timer lets them. Default: at once. */
  readonly backsOff?: boolean
}

/**
 * The layers make whichever node they are given the identity of a member of this LAN. Build each node by itself (its own
 * `Layer.build` or `ManagedRuntime`): within one build a layer is one node.
 */
export interface VirtualLan {
  readonly discovery: Layer.Layer<Discovery, never, DiscoveryCore.Needs>
  readonly links: Layer.Layer<PeerLinks, never, LinkNeeds>
  /** Over UDP they go by the links' own newest-wins channel. */
  readonly beats: Layer.Layer<BeatChannel, never, NodeIdentity | ClusterConfig>
  /** The machine of this id, while in scope. */
  readonly join: (id: PeerId) => Effect.Effect<VirtualMachine, never, Scope.Scope>
  readonly datagrams: (machine: VirtualMachine) => Datagrams
  /** Nothing passes between the two: datagrams are lost, streams held; no link goes down by that. */
  readonly cut: (a: PeerId, b: PeerId) => Effect.Effect<void>
  /** Nothing passes from the one to the other; the other way all does. */
  readonly cutOneWay: (from: PeerId, to: PeerId) => Effect.Effect<void>
  /** Ends what `cut` and `cutOneWay` did between the two, both ways; streams go on where they were held. */
  readonly heal: (a: PeerId, b: PeerId) => Effect.Effect<void>
  /** Pulls a node's cable: cut from all others. */
  readonly detach: (peer: PeerId) => Effect.Effect<void>
  readonly attach: (peer: PeerId) => Effect.Effect<void>
  /**
   * Kills the process: its links are `down` with `reset` at once on all peers that it is not cut from, and it is silent.
   * What runs in its scope has no effect any more, and may be closed at leisure. A node may join again under its id.
   */
  readonly crash: (peer: PeerId) => Effect.Effect<void>
  /** What all cables do with what is sent from now on; what is not said stays as it is. */
  readonly setConditions: (conditions: Partial<Conditions>) => Effect.Effect<void>
  readonly stats: Effect.Effect<Stats>
  /** What it is made of, for tests that speak to a node as no node would. */
  readonly network: VirtualNetwork
}

/** Where virtual nodes take beats: any number will do, there is nothing else. */
const beatPort = 43235

const joined = (network: VirtualNetwork, id: PeerId): Effect.Effect<VirtualMachine, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => network.join(id)),
    (machine) => Effect.sync(() => network.leave(machine))
  )

const member = (network: VirtualNetwork): Effect.Effect<VirtualMachine, never, Scope.Scope | NodeIdentity> =>
  Effect.flatMap(NodeIdentity, ({ peerId }) => joined(network, peerId))

/** What comes to the machine goes there, while in scope. */
export const take = <E extends keyof Ears>(machine: VirtualMachine, ear: E, heard: VirtualMachine[E]) =>
  Effect.acquireRelease(
    Effect.sync(() => void (machine[ear] = heard)),
    () => Effect.sync(() => machine[ear] = null as VirtualMachine[E])
  )

const discovery = (network: VirtualNetwork) =>
  Layer.scoped(
    Discovery,
    Effect.gen(function*() {
      const machine = yield* member(network)
      const send = (datagram: Uint8Array, to: VirtualMachine): void =>
        network.datagram(machine, to, "announcement", datagram, (bytes) => to.onAnnouncement?.(bytes, machine))
      const answer = (datagram: Uint8Array, to: VirtualMachine): void =>
        to.onAnswer === null ? send(datagram, to) : network.datagram(
          machine,
          to,
          "announcement",
          datagram,
          (bytes) => to.onAnswer?.(bytes)
        )
      const core = yield* DiscoveryCore.make<VirtualMachine>({
        address: machine.place.address,
        broadcast: (datagram) => {
          for (const other of network.others(machine)) send(datagram, other)
        },
        reply: answer
      })
      yield* take(machine, "onAnnouncement", core.receive)
      return core.service
    })
  )

const beats = (network: VirtualNetwork) =>
  Layer.scoped(
    BeatChannel,
    Effect.gen(function*() {
      const machine = yield* member(network)
      const intake = yield* BeatIntake.make
      yield* take(machine, "onBeat", intake.receive)
      return {
        port: beatPort,
        send: (to, beat) =>
          Effect.sync(() => {
            if (to.beatPort === null) return false
            const other = network.at(to.address)
            if (other !== null) {
              network.datagram(machine, other, "beat", BeatIntake.encode(beat), (bytes) => other.onBeat?.(bytes))
            }
            return true
          }),
        take: intake.take,
        rejected: intake.rejected
      }
    })
  )

const wireOf = (socket: VirtualSocket, end: LinkEnd): Wire => {
  const flush = (): void => {
    if (!socket.full) { for (const frame of end.outbox.takeAll()) socket.write(frame) }
  }
  socket.handler = { receive: end.receive.bind(end), ended: end.ended.bind(end), drained: flush }
  return {
    remote: socket.other.machine.place.address,
    wake: flush,
    end: () => {
      for (const frame of end.outbox.takeAll()) socket.write(frame)
      socket.end()
    },
    destroy: () => socket.end()
  }
}

/** Never the same twice, nor at two machines. */
const noncesOf = ({ peerId }: VirtualMachine): () => string => {
  let nonces = 0
  return () => peerId.replaceAll("-", "").slice(0, 24) + (++nonces).toString(16).padStart(8, "0")
}

const udpLinks = (network: VirtualNetwork, format: Format, datagrams: VirtualLan["datagrams"]) =>
  Layer.scoped(
    PeerLinks,
    Effect.gen(function*() {
      const machine = yield* member(network)
      const { address } = machine.place
      return yield* Effect.orDie(
        PeerLinksUdp.makeOn({ datagrams: datagrams(machine), dialFrom: address, nonce: noncesOf(machine) }, {
          address,
          format
        })
      )
    })
  )

const tcpLinks = (network: VirtualNetwork, format: Format) =>
  Layer.scoped(
    PeerLinks,
    Effect.gen(function*() {
      const machine = yield* member(network)
      const discovery = yield* Discovery
      const managed = yield* LinkMesh.make({ place: machine.place, format, nonce: noncesOf(machine) })
      yield* take(machine, "onConnection", (socket) => {
        managed.attach("acceptor", null, (end) => wireOf(socket, end), null)
      })
      yield* LinkDialer.run(managed, discovery, {
        connect: (place, connected, failed) => network.connect(machine, place, connected, failed),
        wire: wireOf
      })
      yield* Effect.orDie(discovery.announce(machine.place))
      return managed.mesh.service()
    })
  )

/** Marsaglia's xorshift32. */
const xorshift = (seed: number) => {
  let x = seed
  return (): number => {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    return (x >>> 0) / 0x1_0000_0000
  }
}

/** A LAN without nodes, all cables whole. */
export const make = Effect.fnUntraced(function*(
  {
    backsOff = false,
    chance = xorshift(0x2545f491),
    format = "msgpack",
    latencyMs = 1,
    timer,
    transport = "tcp"
  }: Options = {}
): Effect.fn.Return<VirtualLan, never, Scope.Scope> {
  const clock = yield* Effect.clock
  const fork = yield* FiberSet.makeRuntime<never>()
  const after = timer ?? ((nanos, run) => {
    fork(Effect.zipRight(Effect.sleep(Duration.millis(nanos / 1e6)), Effect.sync(run)))
  })
  const network: VirtualNetwork = new VirtualNetwork(
    () => Number(clock.unsafeCurrentTimeNanos()),
    (at, nanos) => after(nanos, () => network.agenda.run(at)),
    chance
  )
  network.conditions = { ...wholeCable, latencyMs }
  network.backsOff = backsOff
  const datagrams = (machine: VirtualMachine) =>
    VirtualDatagrams.make(network, machine, () => Math.floor(chance() * 0x1_0000_0000))
  return {
    discovery: discovery(network),
    links: transport === "udp" ? udpLinks(network, format, datagrams) : tcpLinks(network, format),
    beats: transport === "udp" ? BeatChannelNone.layer : beats(network),
    join: (id) => joined(network, id),
    datagrams,
    cut: (a, b) =>
      Effect.sync(() => {
        network.cut(a, b)
        network.cut(b, a)
      }),
    cutOneWay: (from, to) => Effect.sync(() => network.cut(from, to)),
    heal: (a, b) =>
      Effect.sync(() => {
        network.heal(a, b)
        network.heal(b, a)
      }),
    detach: (peer) => Effect.sync(() => network.cut(peer, null)),
    attach: (peer) => Effect.sync(() => network.heal(peer, null)),
    crash: (peer) => Effect.sync(() => network.crash(peer)),
    setConditions: (conditions) =>
      Effect.sync(() => {
        network.conditions = { ...network.conditions, ...conditions }
      }),
    stats: Effect.sync(() => network.stats()),
    network
  }
})
