/**
 * A cluster under a random schedule of steps and faults, drawn from a seed alone: the same seed gives the same run.
 * Each seed draws how often what befalls the nodes, some of it never, so that seeds differ more than their steps do.
 */
import { initial } from "../../../../src/core/raft/Configuration.ts"
import type { Change, ChangeRequest } from "../../../../src/core/raft/ConfigurationChange.ts"
import type { Options } from "../../../../src/core/raft/Options.ts"
import { source } from "../../../../src/core/Random.ts"
import type { PeerId } from "../../../../src/protocol/Ids.ts"
import { type Counts, Machine, type World } from "./Machine.ts"
import { Network } from "./Network.ts"
import { Oracle } from "./Oracle.ts"

/** Small, so that every bound is met. */
export const options: Options = {
  electionTicks: 6,
  heartbeatTicks: 2,
  appendEntriesMax: 3,
  appendBytesMax: 100,
  inFlightMessagesMax: 3,
  inFlightBytesMax: 200,
  commandBytesMax: 40,
  uncommittedBytesMax: 400,
  logEntriesMax: 40,
  trailingEntries: 2,
  committedEntriesMax: 4,
  committedBytesMax: 200,
  readsMax: 4,
  snapshotTicks: 10
}

/** So long links stay cut at most. */
const troubleSteps = 150

const nodesMin = 3
const nodesMax = 7

type Step =
  | "deliver"
  | "tick"
  | "sync"
  | "propose"
  | "read"
  | "compact"
  | "change"
  | "transfer"
  | "campaign"
  | "link-ended"
  | "lose"
  | "double"
  | "crash"
  | "restart"
  | "cut"
  | "isolate"
  | "split"
  | "depose"

/** How often, as a share of all, when it happens at all. */
const shares: Readonly<Record<Step, number>> = {
  deliver: 400,
  tick: 250,
  sync: 400,
  propose: 60,
  read: 30,
  compact: 16,
  change: 24,
  transfer: 4,
  campaign: 8,
  "link-ended": 15,
  lose: 20,
  double: 15,
  crash: 10,
  restart: 30,
  cut: 6,
  isolate: 4,
  split: 4,
  depose: 8
}

/**
 * Some schedules are about one thing: leaders that come and go, or with them configurations. How much more often things
 * happen.
 */
const turmoil: Partial<Record<Step, number>> = { depose: 3, split: 6, restart: 3, cut: 0, isolate: 0 }
const themes: ReadonlyArray<Partial<Record<Step, number>>> = [
  {},
  turmoil,
  { ...turmoil, split: 12, change: 1, transfer: 0, crash: 0.5, compact: 0.5 }
]

const always: ReadonlySet<Step> = new Set(["deliver", "tick", "sync", "propose", "restart"])

export class Schedule {
  readonly machines = new Map<PeerId, Machine>()
  readonly network = new Network()
  readonly ids: ReadonlyArray<PeerId>
  readonly counts: Counts = {
    commits: 0,
    elections: 0,
    restarts: 0,
    lostWrites: 0,
    restores: 0,
    configurations: 0,
    reads: 0,
    lostReads: 0,
    truncations: 0,
    refusals: 0
  }
  readonly oracle: Oracle
  readonly chance: () => number
  private readonly steps: Array<Step> = []
  /** Leaders want other configurations as soon as they lead, and just before they are cut off. */
  private readonly restless: boolean
  /** The terms in which they have. */
  private readonly wanted = new Set<number>()
  private readonly disorder: number
  private readonly promptness: number
  private whole = true
  private healsAt = 0
  /** The longest that all links are whole, in steps. */
  private readonly pause: number
  /** Messages of one step. */
  private readonly deliveries: number
  private commands = 0

  /** `duel`: only about leaders of four nodes that want different configurations while the nodes are split. */
  constructor(seed: number, private readonly duel = false) {
    this.chance = source(seed)
    const { chance } = this
    const count = duel ? 5 : nodesMin + this.below(nodesMax - nodesMin + 1)
    this.ids = Array.from({ length: count }, (_, at) => String.fromCharCode(97 + at) as PeerId)
    const voters = duel ? 4 : chance() < 0.15 ? 1 + this.below(2) : 3 + this.below(count - 2)
    const configuration = initial(this.ids.slice(0, voters))
    const world: World = {
      oracle: () => this.oracle,
      options: { ...options, appendEntriesMax: 1 + this.below(options.appendEntriesMax) },
      chance,
      counts: this.counts,
      up: () => this.up(),
      send: (from, { message, to }) => {
        this.oracle.sent(from, to, message)
        this.network.send({ from, to, message })
      }
    }
    for (const id of this.ids) this.machines.set(id, new Machine(id, configuration, world))
    this.oracle = new Oracle(new Map([...this.machines].map(([id, { disk }]) => [id, disk])))
    const theme = duel ? themes.at(-1)! : themes[this.below(themes.length)]!
    this.restless = theme["change"] !== undefined
    for (const step of Object.keys(shares) as ReadonlyArray<Step>) {
      const happens = theme[step] !== undefined || always.has(step) || chance() < 0.6
      const factor = (theme[step] ?? 1) * (chance() < 0.2 ? 3 : 0.2 + chance())
      const often = happens ? Math.ceil(shares[step] * factor) : 0
      for (let i = 0; i < often; i++) this.steps.push(step)
    }
    this.disorder = chance() < 0.3 ? 0 : chance()
    this.pause = 20 + this.below(200)
    this.deliveries = 1 + this.below(8)
    this.promptness = chance() < 0.2 ? 0 : chance()
  }

  private *up() {
    for (const { raft } of this.machines.values()) if (raft !== null) yield raft
  }

  below(bound: number): number {
    return Math.floor(this.chance() * bound)
  }

  any(): Machine {
    return this.machines.get(this.ids[this.below(this.ids.length)]!)!
  }

  private anyThat(is: (machine: Machine) => boolean): Machine | undefined {
    const these = [...this.machines.values()].filter(is)
    return these[this.below(these.length)]
  }

  /** Any that leads, or thinks so; else any. */
  leading(): Machine {
    const leader = this.anyThat(({ raft }) => raft?.role === "leader")
    return leader !== undefined && this.chance() < 0.9 ? leader : this.any()
  }

  run(steps: number): void {
    for (const machine of this.machines.values()) machine.start()
    for (let i = 0; i < steps; i++) {
      if (i === this.healsAt) this.heal(i)
      this.step(this.steps[this.below(this.steps.length)]!)
      if (this.restless) this.want()
    }
    this.counts.elections = this.oracle.elections
  }

  /** Cuts last for a while, and then all links are whole for a while. */
  private heal(at: number): void {
    this.network.heal()
    this.whole = !this.whole
    this.healsAt = at + 1 + this.below(this.whole ? this.pause : troubleSteps)
  }

  private step(step: Step): void {
    switch (step) {
      case "deliver":
        for (let i = this.below(this.deliveries); i >= 0; i--) this.deliver(this.chance() >= this.disorder)
        return
      case "tick":
        // Clocks go nearly alike.
        for (const machine of this.machines.values()) if (this.chance() < 0.8) this.tick(machine)
        return
      case "sync":
        return this.anyThat(({ isWriting }) => isWriting)?.sync(1 + this.below(3))
      case "propose":
        return this.propose(this.leading())
      case "read":
        return this.read(this.any())
      case "compact":
        return this.any().compact()
      case "change":
        return this.change(this.leading())
      case "transfer":
        return this.act(this.leading(), (machine) => machine.raft!.transfer(this.any().id))
      case "campaign":
        return this.act(this.any(), (machine) => machine.raft!.campaign())
      case "link-ended":
        return this.act(this.any(), (machine) => machine.raft!.linkEnded(machine.raft!.leader ?? this.any().id))
      default:
        return this.fault(step)
    }
  }

  private fault(step: Step): void {
    if (this.whole && (step === "cut" || step === "isolate" || step === "split" || step === "depose")) return
    switch (step) {
      case "lose":
        this.network.take(this.chance(), false)
        return
      case "double": {
        const sent = this.network.take(this.chance(), false)
        if (sent === undefined) return
        this.network.send(sent)
        this.network.send(sent)
        return
      }
      case "crash":
        return this.crash(this.any())
      case "restart": {
        const machine = this.anyThat(({ isUp }) => !isUp)
        if (machine === undefined) return
        this.counts.restarts++
        return machine.start()
      }
      case "cut":
        return this.network.cut(this.any().id, this.any().id)
      case "isolate":
        return this.network.isolate(this.leading().id, this.ids)
      case "split":
        return this.split()
      case "depose":
        return this.depose(this.leading())
    }
  }

  /** Mostly so that a majority of the nodes goes on. */
  private crash(machine: Machine): void {
    let up = 0
    for (const { isUp } of this.machines.values()) if (isUp) up++
    if (up > this.ids.length / 2 + 1 || this.chance() < 0.2) machine.crash()
  }

  private want(): void {
    for (const machine of this.machines.values()) {
      const { raft } = machine
      if (raft?.role !== "leader" || this.wanted.has(raft.term)) continue
      this.wanted.add(raft.term)
      if (this.chance() < 0.7) this.exchange(machine)
      if (this.duel && this.chance() < 0.5) this.split()
    }
  }

  /** One voter more, or less, or several at once. */
  private exchange(machine: Machine): void {
    const joint = this.chance() < 0.3
    const nodes = joint ? [this.any().id, this.any().id, this.any().id] : [this.any().id]
    this.act(machine, ({ raft }) => {
      const { voters } = raft!.configuration
      const changes = nodes.map((node): Change => ({ _tag: voters.includes(node) ? "remove" : "voter", node }))
      raft!.change(joint ? { _tag: "enter-joint", changes, autoLeave: true } : { _tag: "simple", changes })
    })
  }

  /** A leader is gone, and the others hear of it at once. */
  private depose(machine: Machine): void {
    // Where nobody leads there is trouble enough.
    if (machine.raft?.role !== "leader") return
    if (this.restless && this.chance() < 0.5) this.exchange(machine)
    if (this.chance() < 0.5) this.crash(machine)
    else this.network.isolate(machine.id, this.ids)
    for (const other of this.machines.values()) {
      if (this.chance() < 0.8) this.act(other, ({ raft }) => raft!.linkEnded(machine.id))
    }
  }

  /** Two sides do not hear each other, and whose leader is on the other one knows at once, or not. */
  private split(): void {
    const here = new Set(this.ids.filter(() => this.chance() < 0.5))
    this.network.heal()
    for (const one of this.ids) {
      for (const other of this.ids) if (here.has(one) !== here.has(other)) this.network.cut(one, other)
    }
    for (const machine of this.machines.values()) {
      const leader = machine.raft?.leader
      if (leader != null && here.has(leader) !== here.has(machine.id) && this.chance() < 0.8) {
        this.act(machine, ({ raft }) => raft!.linkEnded(leader))
      }
    }
  }

  private act(machine: Machine, what: (machine: Machine) => unknown): void {
    if (machine.raft === null) return
    what(machine)
    machine.settle()
  }

  /** Ticks do not stop a node's disk: those whose disks are quick have synced by then. */
  tick(machine: Machine): void {
    this.act(machine, ({ raft }) => raft!.tick())
    if (this.chance() < this.promptness) machine.sync(1)
  }

  deliver(inOrder: boolean): void {
    const sent = this.network.take(this.chance(), inOrder)
    if (sent === undefined) return
    const machine = this.machines.get(sent.to)!
    this.act(machine, ({ raft }) => raft!.receive(sent.from, sent.message))
    if (this.chance() < this.promptness) machine.sync(1)
  }

  propose(machine: Machine): void {
    this.act(machine, ({ raft }) => {
      // Some at once go into one append.
      for (let i = this.below(4); i >= 0; i--) {
        const { _tag } = raft!.propose(new Uint8Array(1 + this.commands++ % 9))
        if (_tag === "refused") this.counts.refusals++
      }
    })
  }

  read(machine: Machine): void {
    this.act(machine, ({ raft }) => {
      const id = ++reads
      this.oracle.asked(id)
      raft!.read(id)
    })
  }

  private change(machine: Machine): void {
    this.act(machine, ({ raft }) => {
      if (raft!.change(this.request())._tag === "refused") this.counts.refusals++
    })
  }

  private request(): ChangeRequest {
    const kind = this.chance()
    if (kind < 0.3) return { _tag: "leave-joint" }
    const changes = Array.from({ length: kind < 0.5 ? 1 : 1 + this.below(4) }, (): Change => ({
      _tag: (["voter", "voter", "learner", "remove"] as const)[this.below(4)]!,
      node: this.any().id
    }))
    return kind < 0.7 ? { _tag: "simple", changes } : { _tag: "enter-joint", changes, autoLeave: this.chance() < 0.7 }
  }
}

/** Of all schedules: a number is never used twice. */
let reads = 0
