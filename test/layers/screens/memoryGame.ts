/**
 * A GameClient without a cluster: one process folds its rooms by itself, tick by tick, with the promises of the real one.
 * It can lose its host, change it and lose a split, so that gateways and pages can be looked at alone.
 */
import { Effect, Layer, Schema, Stream } from "effect"
import { createHash } from "node:crypto"
import { chainInput } from "../../../src/core/InputLedger.ts"
import type { AnyGame, SeatInput } from "../../../src/games/Game.ts"
import type { Profile, RoomId, SeatId } from "../../../src/protocol/Ids.ts"
import { PeerId } from "../../../src/protocol/Ids.ts"
import type { HostChanged, Lost, NodeView } from "../../../src/protocol/Session.ts"
import type { Status } from "../../../src/protocol/Status.ts"
import type { RoomView, SeatView } from "../../../src/protocol/View.ts"
import { ClusterConfig } from "../../../src/services/ClusterConfig.ts"
import { CurrentGame } from "../../../src/services/CurrentGame.ts"
import type { Place } from "../../../src/services/Discovery.ts"
import {
  type ClusterView,
  GameClient,
  type Notice,
  SeatError,
  type ShownView
} from "../../../src/services/GameClient.ts"
import { NodeIdentity } from "../../../src/services/NodeIdentity.ts"
import { NodeStatus } from "../../../src/services/NodeStatus.ts"

export const peer = (number: number): PeerId =>
  Schema.decodeSync(PeerId)(`${String(number).padStart(8, "0")}-0000-4000-8000-000000000000`)

interface Seat {
  readonly seat: SeatId
  readonly tokenHash: string
  readonly profile: Profile
  readonly node: PeerId
  away: boolean
  lastInput: number
  inputHash: number
  waiting: Map<number, unknown>
  bot: unknown
}

interface Room {
  readonly room: RoomId
  state: unknown
  seq: number
  clock: number
  nextSeat: number
  readonly seats: Map<number, Seat>
  readonly watchers: Set<(view: ShownView) => void>
}

export interface MemoryNode {
  readonly peerId: PeerId
  readonly name: string
  /** Where it takes thin clients, if it does. */
  readonly clients?: Place
}

export interface MemoryGameOptions {
  readonly game: AnyGame
  readonly rooms?: ReadonlyArray<string>
  readonly nodes?: ReadonlyArray<MemoryNode>
  /** The first of the nodes, unless told. */
  readonly self?: PeerId
  readonly pages?: ReadonlyArray<{ readonly name: string; readonly page: string }>
}

const hash = (token: string): string => createHash("sha256").update(token).digest("hex")

/** Everything is plain and synchronous; time passes by `tick`. */
export class MemoryGame {
  readonly rooms = new Map<string, Room>()
  readonly disputes: Array<string> = []
  epoch = 1
  host: MemoryNode | null
  nodes: Array<MemoryNode & { state: NodeView["state"] }>
  pages: ReadonlyArray<{ readonly name: string; readonly page: string }>
  readonly self: PeerId
  /** While false, `tick` does nothing: an interregnum. */
  running = true
  inputsApplied = 0
  inputsDuplicate = 0
  private readonly notices = new Set<(notice: Notice) => void>()
  private readonly clusters = new Set<(view: ClusterView) => void>()

  constructor(readonly options: MemoryGameOptions) {
    const nodes = options.nodes ?? [{ peerId: peer(1), name: "Ada" }]
    this.nodes = nodes.map((node) => ({ ...node, state: "up" as const }))
    this.host = nodes[0]!
    this.self = options.self ?? nodes[0]!.peerId
    this.pages = options.pages ?? []
    for (const room of options.rooms ?? ["main"]) this.open(room as RoomId)
  }

  open(room: RoomId): Room {
    const existing = this.rooms.get(room)
    if (existing !== undefined) return existing
    const opened: Room = {
      room,
      state: this.options.game.initial(room.length * 7919),
      seq: 1,
      clock: 0,
      nextSeat: 1,
      seats: new Map(),
      watchers: new Set()
    }
    this.rooms.set(room, opened)
    this.tellCluster()
    return opened
  }

  /** One tick of every room. */
  tick(random: () => number = Math.random): void {
    if (!this.running) return
    for (const room of this.rooms.values()) this.tickRoom(room, random)
  }

  private tickRoom(room: Room, random: () => number): void {
    const { game } = this.options
    const inputs: Array<SeatInput<unknown>> = []
    for (const seat of [...room.seats.values()].sort((a, b) => a.seat - b.seat)) {
      if (seat.bot !== undefined && game.bot !== undefined) {
        const thought = game.bot.think(game.view(room.state), seat.seat, seat.bot, random)
        seat.bot = thought.memory
        if (thought.input !== null) seat.waiting.set(seat.lastInput + 1, thought.input)
      }
      for (let applied = 0; applied < 4 && seat.waiting.has(seat.lastInput + 1); applied++) {
        const number = seat.lastInput + 1
        const input = seat.waiting.get(number)
        seat.waiting.delete(number)
        seat.lastInput = number
        seat.inputHash = chainInput(seat.inputHash, number, input)
        inputs.push({ seat: seat.seat, input })
        this.inputsApplied++
      }
    }
    // A committed game has no ticks: nothing happens unless somebody says something.
    if (game.ordering === "committed" && inputs.length === 0) return
    room.state = game.step(room.state, inputs)
    room.clock++
    this.happened(room)
  }

  /** Another event of the room: numbers it and shows the view after it. */
  happened(room: Room): void {
    room.seq++
    const shown = this.shown(room)
    for (const watcher of room.watchers) watcher(shown)
  }

  shown(room: Room): ShownView {
    const seats: Record<string, SeatView> = {}
    const acks: Record<string, readonly [number, number]> = {}
    for (const seat of room.seats.values()) {
      seats[seat.seat] = { profile: seat.profile, node: seat.node, away: seat.away }
      acks[seat.seat] = [seat.lastInput, seat.inputHash]
    }
    const view = {
      room: room.room,
      seq: room.seq,
      clock: room.clock,
      seats,
      acks,
      match: null,
      ended: false,
      game: this.options.game.view(room.state)
    }
    return { epoch: this.epoch, view: view as unknown as RoomView } as ShownView
  }

  seat(
    room: Room,
    token: string,
    profile: Profile,
    { bot = false, node = this.self }: { readonly bot?: boolean; readonly node?: PeerId } = {}
  ): Seat | null {
    const { game } = this.options
    const tokenHash = hash(token)
    for (const seat of room.seats.values()) {
      if (seat.tokenHash !== tokenHash) continue
      seat.away = false
      room.state = game.back?.(room.state, seat.seat) ?? room.state
      this.happened(room)
      return seat
    }
    if (room.seats.size >= game.seats.max) return null
    const seat: Seat = {
      seat: room.nextSeat++ as SeatId,
      tokenHash,
      profile,
      node,
      away: false,
      lastInput: 0,
      inputHash: 0,
      waiting: new Map(),
      bot: bot ? game.bot?.start : undefined
    }
    room.seats.set(seat.seat, seat)
    room.state = game.join(room.state, seat.seat, profile)
    this.happened(room)
    this.tellCluster()
    return seat
  }

  quit(room: Room, seat: Seat, how: "away" | "leave"): void {
    const { game } = this.options
    if (room.seats.get(seat.seat) !== seat) return
    if (how === "leave") {
      room.seats.delete(seat.seat)
      room.state = game.leave(room.state, seat.seat)
    } else {
      seat.away = true
      room.state = game.away?.(room.state, seat.seat) ?? room.state
    }
    this.happened(room)
    this.tellCluster()
  }

  /** The host is gone: no tick until `succeed`. */
  interrupt(state: NodeView["state"] = "down"): void {
    this.running = false
    this.nodes = this.nodes.map((node) => node.peerId === this.host?.peerId ? { ...node, state } : node)
    this.host = null
    this.tellCluster()
  }

  /** Another node hosts, and goes on from the same state. */
  succeed(
    to: PeerId,
    change: Pick<HostChanged, "cause" | "nothingLost" | "interregnumMs">,
    from: MemoryNode | null
  ): void {
    const host = this.nodes.find(({ peerId }) => peerId === to)!
    this.epoch++
    this.host = host
    this.running = true
    for (const room of this.rooms.values()) this.happened(room)
    this.tell({
      _tag: "host-changed",
      epoch: this.epoch,
      from,
      to: { peerId: host.peerId, name: host.name, self: host.peerId === this.self },
      ...change
    } as HostChanged)
    this.tellCluster()
  }

  lose(room: RoomId, lost: Omit<Lost, "_tag" | "epoch" | "tickRate">): void {
    this.tell({
      room,
      lost: { _tag: "lost", epoch: this.epoch, tickRate: this.options.game.tickRate, ...lost } as Lost
    })
  }

  tell(notice: Notice): void {
    for (const listener of this.notices) listener(notice)
  }

  tellCluster(): void {
    const view = this.cluster()
    for (const listener of this.clusters) listener(view)
  }

  cluster(): ClusterView {
    return {
      epoch: this.epoch,
      host: this.host === null
        ? null
        : {
          peerId: this.host.peerId,
          name: this.host.name,
          self: this.host.peerId === this.self,
          rttMs: this.host.peerId === this.self ? null : 1.4
        },
      nodes: this.nodes.map(({ clients, name, peerId, state }, index) => ({
        peerId,
        name,
        address: clients?.address ?? `127.0.0.${index + 1}`,
        clientPort: clients?.port ?? null,
        self: peerId === this.self,
        role: peerId === this.host?.peerId ? "host" : "peer",
        state,
        rttMs: peerId === this.self ? null : 0.4 + index * 0.7,
        epoch: this.epoch
      })),
      rooms: [...this.rooms.values()].map((room) => ({
        room: room.room,
        players: room.seats.size,
        seatsMax: this.options.game.seats.max,
        clock: room.clock,
        stage: null,
        options: null
      })),
      log: this.options.game.ordering === "committed"
        ? {
          term: this.epoch,
          index: [...this.rooms.values()].reduce((sum, { seq }) => sum + seq, 0),
          voters: this.nodes.length
        }
        : null,
      pages: this.pages
    } as unknown as ClusterView
  }

  readonly client: GameClient["Type"] = {
    cluster: Stream.asyncPush<ClusterView>((emit) =>
      Effect.acquireRelease(
        Effect.sync(() => {
          const listener = (view: ClusterView) => void emit.single(view)
          this.clusters.add(listener)
          listener(this.cluster())
          return listener
        }),
        (listener) => Effect.sync(() => this.clusters.delete(listener))
      ), { bufferSize: 16, strategy: "sliding" }),
    notices: Stream.asyncPush<Notice>((emit) =>
      Effect.acquireRelease(
        Effect.sync(() => {
          const listener = (notice: Notice) => void emit.single(notice)
          this.notices.add(listener)
          return listener
        }),
        (listener) => Effect.sync(() => this.notices.delete(listener))
      ), { bufferSize: 64, strategy: "sliding" }),
    watch: (name) =>
      Stream.asyncPush<ShownView>((emit) =>
        Effect.acquireRelease(
          Effect.sync(() => {
            const room = this.open(name)
            const listener = (view: ShownView) => void emit.single(view)
            room.watchers.add(listener)
            listener(this.shown(room))
            return { room, listener }
          }),
          ({ listener, room }) => Effect.sync(() => room.watchers.delete(listener))
        ), { bufferSize: 1, strategy: "sliding" }),
    take: (name, { profile, token }) =>
      Effect.uninterruptible(Effect.suspend(() => {
        const room = this.open(name)
        const seat = this.seat(room, token, profile)
        if (seat === null) return Effect.fail(new SeatError({ reason: "full" }))
        return Effect.as(
          Effect.addFinalizer(() => Effect.sync(() => this.quit(room, seat, "away"))),
          {
            seat: seat.seat,
            seats: Stream.make(seat.seat),
            within: ({ view }) => view.seats[seat.seat] === undefined ? null : seat.seat,
            input: (inputs) =>
              Effect.sync(() => {
                for (const [number, input] of inputs) {
                  if (number <= seat.lastInput) this.inputsDuplicate++
                  else if (!seat.waiting.has(number)) seat.waiting.set(number, input)
                }
              }),
            act: () => Effect.void,
            present: () => Effect.void,
            leave: Effect.sync(() => this.quit(room, seat, "leave"))
          }
        )
      })),
    open: (room) => Effect.sync(() => void this.open(room)),
    dispute: (room, seat, detail) => Effect.sync(() => void this.disputes.push(`${room}/${seat}: ${detail}`)),
    disputed: Effect.sync(() => this.disputes.length)
  }

  status(): Status {
    const room = [...this.rooms.values()][0]
    return {
      peerId: this.self,
      name: this.nodes.find(({ peerId }) => peerId === this.self)!.name,
      cluster: "test",
      game: this.options.game.name,
      shape: "mesh",
      role: this.host === null ? "electing" : this.host.peerId === this.self ? "host" : "peer",
      epoch: this.epoch,
      host: this.host?.peerId ?? null,
      election: { by: "bully", group: null, term: null, voters: [], index: null },
      seq: room?.seq ?? 0,
      clock: room?.clock ?? 0,
      tickRate: this.options.game.tickRate,
      uptimeMs: 1,
      firstViewMs: null,
      loadMs: null,
      peers: [],
      players: [],
      rooms: [],
      waitsFor: null,
      reigns: [{ epoch: this.epoch, host: this.self, interregnumMs: null, cause: "start" }],
      counters: {
        framesIn: 0,
        framesOut: 0,
        framesRejected: 0,
        framesFenced: 0,
        inputsApplied: this.inputsApplied,
        inputsDuplicate: this.inputsDuplicate,
        eventsResent: 0,
        snapshotsSent: 0,
        inputsDisputed: this.disputes.length,
        regressions: 0,
        lossesTold: 0
      }
    } as unknown as Status
  }

  /** Everything that a gateway asks for. */
  readonly layer: Layer.Layer<GameClient | NodeStatus | CurrentGame | ClusterConfig | NodeIdentity> = Layer.suspend(
    () =>
      Layer.mergeAll(
        Layer.succeed(GameClient, this.client),
        Layer.succeed(NodeStatus, { status: Effect.sync(() => this.status()) }),
        CurrentGame.layer(this.options.game),
        ClusterConfig.layer({ cluster: "test" }),
        Layer.succeed(NodeIdentity, {
          peerId: this.self,
          name: this.nodes.find(({ peerId }) => peerId === this.self)!.name,
          incarnation: 0,
          acceptedBefore: null,
          accept: () => Effect.void
        })
      )
  )
}
