/** One process of a run: its fibers on a scheduler and a clock of its own, until it ends or is killed. */
import {
  Cause,
  Effect,
  Exit,
  type Fiber,
  Logger,
  LogLevel,
  Option,
  Random,
  Schedule,
  type Scope,
  Supervisor
} from "effect"
import * as BotsPlaying from "../layers/clients/BotsPlaying.ts"
import type { VirtualLan } from "../layers/virtual/VirtualLan.ts"
import { mainRoom, type PeerId } from "../protocol/Ids.ts"
import type { Notice } from "../services/GameClient.ts"
import { Invariants } from "../services/Invariants.ts"
import type { Chance } from "./time/Chance.ts"
import type { MachineClock } from "./time/VirtualClock.ts"
import type { VirtualProcess } from "./time/VirtualScheduler.ts"

/** A player who got no seat asks for one again after so long, in milliseconds. */
const askAgainMs = 500

/** What processes do and are told, as it happens. */
export interface ProcessObserver {
  readonly noticed: (process: SimulatedProcess, notice: Notice) => void
  readonly played: (process: SimulatedProcess, bot: number, record: BotsPlaying.BotRecord) => void
  /** A fiber of it died of a defect. */
  readonly died: (process: SimulatedProcess, what: string) => void
  /** What must hold of a core's state after each of its steps did not. */
  readonly broke: (process: SimulatedProcess, what: string) => void
  readonly said: (process: SimulatedProcess, words: string) => void
}

export interface ProcessOptions {
  /** Its machine's place among the machines of the run. */
  readonly slot: number
  /** Its machine on the network; a node's own id. */
  readonly peerId: PeerId
  readonly name: string
  readonly lan: VirtualLan
  readonly process: VirtualProcess
  readonly clock: MachineClock
  readonly chance: Chance
  readonly observer: ProcessObserver
  /** Whether it says what it does: its log at debug level. */
  readonly verbose: boolean
}

/** A bot in the main room, for ever. Where all seats are taken, or a match is played, it asks for one again later. */
export const play = (options: Omit<BotsPlaying.BotOptions, "room">) =>
  Effect.retry(BotsPlaying.play({ room: mainRoom, ...options }), {
    schedule: Schedule.spaced(askAgainMs),
    while: (error) => error._tag === "SeatError"
  })

/** Counts the fibers that run, and hears of those that die. */
class Fibers extends Supervisor.AbstractSupervisor<number> {
  readonly running = new Set<object>()
  readonly value = Effect.sync(() => this.running.size)

  constructor(private readonly died: (what: string) => void) {
    super()
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

const firstDefect = ({ cause }: Exit.Failure<unknown, unknown>): string | null =>
  Option.match(Cause.dieOption(cause), {
    onNone: () => null,
    onSome: (defect) => defect instanceof Error ? defect.stack ?? defect.message : String(defect)
  })

export abstract class SimulatedProcess {
  readonly slot: number
  readonly peerId: PeerId
  readonly name: string
  readonly process: VirtualProcess
  readonly clock: MachineClock
  state: "starting" | "running" | "leaving" | "ended" | "crashed" = "starting"
  /** When its process last went on after it had been stopped, and for how long it had been; virtual milliseconds. */
  lastStop: { readonly endedAtMs: number; readonly forMs: number } | null = null
  private readonly asked = Effect.unsafeMakeLatch(false)
  private readonly fibers: Fibers

  constructor(private readonly shell: ProcessOptions) {
    const { clock, name, observer, peerId, process, slot } = shell
    this.slot = slot
    this.peerId = peerId
    this.name = name
    this.process = process
    this.clock = clock
    this.fibers = new Fibers((what) => observer.died(this, what))
  }

  /** Alive and not on its way out. */
  get isUp(): boolean {
    return this.state === "starting" || this.state === "running"
  }

  /** How many fibers of it run. */
  get fiberCount(): number {
    return this.fibers.running.size
  }

  /** All that it does, until `asksToLeave`, and then what it does before it ends. */
  protected abstract main(): Effect.Effect<void, unknown, Scope.Scope>

  /** Done when it is to end. */
  protected get asksToLeave(): Effect.Effect<void> {
    return this.asked.await
  }

  protected runs(): void {
    if (this.state === "starting") this.state = "running"
  }

  start(): void {
    const { chance, clock, observer, process, verbose } = this.shell
    const logger = Logger.make(({ message }) => {
      observer.said(this, Array.isArray(message) ? message.map(wordsOf).join(" ") : wordsOf(message))
    })
    const fiber = Effect.runFork(
      Effect.scoped(this.main()).pipe(
        Effect.supervised(this.fibers),
        Logger.withMinimumLogLevel(verbose ? LogLevel.Debug : LogLevel.Warning),
        Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
        Effect.withClock(clock),
        Effect.withRandom(Random.make(chance.randomSeed())),
        Effect.provideService(Invariants, {
          check: (core, broken, state) => {
            for (const what of broken(state)) observer.broke(this, `${core}: ${what}`)
          }
        })
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

  /** As SIGTERM does. */
  leave(): void {
    if (!this.isUp) return
    this.state = "leaving"
    this.asked.unsafeOpen()
  }

  /** Its process is gone, this very moment. */
  crash(torn: boolean): void {
    this.state = "crashed"
    this.process.crash()
    this.shell.lan.network.crash(this.peerId, { torn })
  }
}

const wordsOf = (message: unknown): string => typeof message === "string" ? message : JSON.stringify(message) ?? ""
