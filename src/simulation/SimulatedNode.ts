/**
 * One process of a simulated cluster: the real services of a node on a virtual LAN, with bots that play, on a process and
 * a clock of its own.
 */
import {
  Cause,
  Context,
  Effect,
  Exit,
  type Fiber,
  Layer,
  Logger,
  LogLevel,
  Random,
  Schedule,
  Stream,
  Supervisor
} from "effect"
import type { RoomStore } from "../core/RoomStore.ts"
import type { AnyGame } from "../games/Game.ts"
import * as BotsPlaying from "../layers/BotsPlaying.ts"
import { mainRoom } from "../layers/GameServerSequencing.ts"
import type { VirtualLan } from "../layers/VirtualLan.ts"
import * as VirtualNode from "../layers/VirtualNode.ts"
import type { PeerId } from "../protocol/Ids.ts"
import type { Status } from "../protocol/Status.ts"
import type { ClusterSettings } from "../services/ClusterConfig.ts"
import { Election, type Standing } from "../services/Election.ts"
import { GameClient, type Notice } from "../services/GameClient.ts"
import { GameServer } from "../services/GameServer.ts"
import type { NodeIdentity } from "../services/NodeIdentity.ts"
import { NodeStatus } from "../services/NodeStatus.ts"
import { Replica } from "../services/Replica.ts"
import type { Chance } from "./time/Chance.ts"
import type { MachineClock } from "./time/VirtualClock.ts"
import type { VirtualProcess } from "./time/VirtualScheduler.ts"

/** A player who got no seat asks for one again after so long. */
const askAgainMs = 500

/** What a node does and is told, as it happens. */
export interface Observer {
  readonly stood: (node: SimulatedNode, standing: Standing) => void
  readonly noticed: (node: SimulatedNode, notice: Notice) => void
  readonly played: (node: SimulatedNode, bot: number, record: BotsPlaying.BotRecord) => void
  /** A fiber of it died of a defect. */
  readonly died: (node: SimulatedNode, what: string) => void
  readonly said: (node: SimulatedNode, words: string) => void
}

export interface Options {
  readonly slot: number
  readonly peerId: PeerId
  readonly name: string
  readonly lan: VirtualLan
  readonly game: AnyGame
  readonly bots: number
  readonly settings: Partial<ClusterSettings>
  readonly identity: Layer.Layer<NodeIdentity>
  readonly process: VirtualProcess
  readonly clock: MachineClock
  readonly chance: Chance
  readonly observer: Observer
  /** Whether it says what it does: its log at debug level. */
  readonly verbose: boolean
}

/** Counts the fibers that run, and hears of those that die. */
class Fibers extends Supervisor.AbstractSupervisor<number> {
  private readonly running = new Set<object>()
  readonly value = Effect.sync(() => this.running.size)

  constructor(private readonly died: (what: string) => void) {
    super()
  }

  get size(): number {
    return this.running.size
  }

  override onStart(...[, , , fiber]: Parameters<Supervisor.AbstractSupervisor<number>["onStart"]>): void {
    this.running.add(fiber)
  }

  override onEnd<A, E>(exit: Exit.Exit<A, E>, fiber: Fiber.RuntimeFiber<A, E>): void {
    this.running.delete(fiber)
    if (Exit.isFailure(exit)) {
      const defect = firstDefect(exit)
      if (defect !== null) this.died(defect)
    }
  }
}

const firstDefect = (exit: Exit.Failure<unknown, unknown>): string | null => {
  let found: string | null = null
  const look = (cause: typeof exit.cause): void => {
    if (cause._tag === "Die") {
      found ??= cause.defect instanceof Error
        ? cause.defect.stack ?? cause.defect.message
        : String(cause.defect)
    } else if (cause._tag === "Sequential" || cause._tag === "Parallel") {
      look(cause.left)
      look(cause.right)
    }
  }
  look(exit.cause)
  return found
}

export class SimulatedNode {
  readonly slot: number
  readonly peerId: PeerId
  readonly name: string
  /** Null until its layers are built. */
  store: RoomStore | null = null
  state: "starting" | "running" | "leaving" | "ended" | "crashed" = "starting"
  /** When its process last went on after it had been stopped, and for how long it had been; virtual milliseconds. */
  lastStop: { readonly endedAtMs: number; readonly forMs: number } | null = null
  private context: Context.Context<VirtualNode.Services> | null = null
  private readonly leaving = Effect.unsafeMakeLatch(false)
  private readonly fibers: Fibers

  constructor(private readonly options: Options) {
    const { name, observer, peerId, slot } = options
    this.slot = slot
    this.peerId = peerId
    this.name = name
    this.fibers = new Fibers((what) => observer.died(this, what))
  }

  get process(): VirtualProcess {
    return this.options.process
  }

  get clock(): MachineClock {
    return this.options.clock
  }

  /** Alive and not on its way out. */
  get isUp(): boolean {
    return this.state === "starting" || this.state === "running"
  }

  /** How many fibers of it run. */
  get fiberCount(): number {
    return this.fibers.size
  }

  start(): void {
    const { chance, clock, observer, process, verbose } = this.options
    const logger = Logger.make(({ message }) => {
      observer.said(this, Array.isArray(message) ? message.map(wordsOf).join(" ") : wordsOf(message))
    })
    const fiber = Effect.runFork(
      this.main().pipe(
        Effect.supervised(this.fibers),
        Logger.withMinimumLogLevel(verbose ? LogLevel.Debug : LogLevel.Warning),
        Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
        Effect.withClock(clock),
        Effect.withRandom(Random.make(chance.randomSeed()))
      ),
      { scheduler: process }
    )
    fiber.addObserver((exit) => {
      if (this.state === "crashed") return
      this.state = "ended"
      if (Exit.isFailure(exit) && !Cause.isInterruptedOnly(exit.cause)) {
        observer.died(this, firstDefect(exit) ?? Cause.pretty(exit.cause))
      }
    })
  }

  private main() {
    const { game, identity, lan, settings } = this.options
    return Effect.scoped(Effect.gen(this, function*() {
      const context = yield* Layer.build(VirtualNode.layerOf(lan, { identity, game, settings }))
      this.context = context
      this.store = Context.get(context, Replica).ordering.store
      if (this.state === "starting") this.state = "running"
      yield* Effect.provide(this.life(), context)
    }))
  }

  private life() {
    const { bots, name, observer, peerId } = this.options
    const play = (bot: number) =>
      BotsPlaying.play({
        room: mainRoom,
        profile: { name: `${name}-${bot}`, color: `#${peerId.slice(0, 6)}` },
        record: (record) => observer.played(this, bot, record)
      }).pipe(
        // All seats are taken, or a match is played: later, then.
        Effect.retry({ schedule: Schedule.spaced(askAgainMs), while: (error) => error._tag === "SeatError" })
      )
    return Effect.gen(this, function*() {
      yield* (yield* Election).watch((standing) => Effect.sync(() => observer.stood(this, standing)))
      const { notices } = yield* GameClient
      yield* Effect.forkScoped(
        Stream.runForEach(notices, (notice) => Effect.sync(() => observer.noticed(this, notice)))
      )
      // The players leave before the node hands over.
      yield* Effect.scoped(Effect.gen(this, function*() {
        for (let bot = 0; bot < bots; bot++) yield* Effect.forkScoped(play(bot))
        yield* this.leaving.await
      }))
      yield* (yield* GameServer).retire
    })
  }

  /** As SIGTERM does: its players leave, it hands over, and ends. */
  leave(): void {
    if (!this.isUp) return
    this.state = "leaving"
    this.leaving.unsafeOpen()
  }

  /** Its process is gone, this very moment. */
  crash(torn: boolean): void {
    this.state = "crashed"
    this.process.crash()
    this.options.lan.network.crash(this.peerId, { torn })
  }

  /** What the node says of itself; null while it does not run. */
  status(): Status | null {
    if (this.context === null || this.state !== "running") return null
    return Effect.runSync(
      Effect.withClock(Context.get(this.context, NodeStatus).status, this.clock)
    )
  }
}

const wordsOf = (message: unknown): string => typeof message === "string" ? message : JSON.stringify(message) ?? ""
