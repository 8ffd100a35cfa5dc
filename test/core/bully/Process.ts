/** One simulated node: the election's step with its timers, a failure detector, and a log. */
import * as Bully from "../../../src/core/bully/State.ts"
import { step } from "../../../src/core/bully/Step.ts"
import type { PeerId } from "../../../src/protocol/Ids.ts"
import { equals, ref, type Reign, type ReignRef } from "../../../src/protocol/Reign.ts"
import type { Agenda } from "./Agenda.ts"
import { type Entry, Log, type LogMessage } from "./Log.ts"
import type { Connection, Endpoint, Message, Network } from "./Network.ts"

const lookEveryMs = 40
const tickEveryMs = 50
const suspectAfterMs = 250
const abandonAfterMs = 10_000
/** A pause of that length is noticed by the node itself. */
const stallMs = 150

interface Watched {
  heardAt: number
  suspect: boolean
  suspectAt: number
  reign: ReignRef | null
}

/** What the world outside is told. */
export interface Witness {
  readonly accepted: (process: Process, reign: Reign) => void
  readonly stepped: (process: Process, input: Bully.Input) => void
  readonly committed: (entry: Entry, reign: ReignRef) => void
  readonly began: (process: Process, reign: Reign, end: Entry | null) => void
  /** How long this node waits before it accepts a handover, or null: it never does. */
  readonly takeOverAfterMs: () => number | null
  readonly muted: (from: PeerId, to: PeerId) => boolean
}

export class Process implements Endpoint {
  alive = true
  state: Bully.State
  readonly links = new Map<PeerId, Connection>()
  readonly putOff = new Map<PeerId, number>()
  readonly log: Log
  private readonly watched = new Map<PeerId, Watched>()
  private readonly timers = new Map<Bully.TimerName, object>()
  private asleepUntil = 0
  private wokeAt = -Infinity
  private waiting: Array<() => void> = []
  private readonly inputs: Array<Bully.Input> = []
  private standing = ""

  constructor(
    readonly id: PeerId,
    private readonly options: Bully.Options,
    private readonly agenda: Agenda,
    private readonly network: Network,
    private readonly witness: Witness,
    /** A player sits here: what decides, above all, whose reign goes on when a split heals. */
    private readonly seated: boolean,
    acceptedBefore: Reign | null
  ) {
    this.state = Bully.initial(id, options, acceptedBefore)
    this.log = new Log({
      id,
      quorum: options.quorum,
      livePeers: () => [...this.watched].filter(([, peer]) => !peer.suspect).map(([peer]) => peer),
      send: (to, message) => network.send(this, to, message),
      committed: (entry, reign) => witness.committed(entry, reign),
      began: (reign, end) => witness.began(this, reign, end)
    })
  }

  start(): void {
    this.network.join(this)
    this.feed({ _tag: "start" })
    this.every(lookEveryMs, () => this.look())
    this.every(tickEveryMs, () => this.log.tick())
  }

  get hosts(): boolean {
    return Bully.hosts(this.state)
  }

  // -------------------------------------------------------------------- time

  private every(ms: number, run: () => void): void {
    const again = () => {
      if (!this.alive) return
      if (this.asleepUntil <= this.agenda.now) run()
      this.agenda.after(ms, again)
    }
    this.agenda.after(ms, again)
  }

  /** Does not run until then; what comes meanwhile waits. */
  sleep(ms: number): void {
    const until = this.agenda.now + ms
    if (!this.alive || until <= this.asleepUntil) return
    const since = this.asleepUntil > this.agenda.now ? null : this.agenda.now
    this.asleepUntil = until
    if (since === null) return
    const wake = () => {
      if (!this.alive) return
      if (this.asleepUntil > this.agenda.now) return this.agenda.after(this.asleepUntil - this.agenda.now, wake)
      const { waiting } = this
      this.waiting = []
      if (this.agenda.now - since >= stallMs) {
        this.wokeAt = this.agenda.now
        this.feed({ _tag: "stalled" })
      }
      for (const run of waiting) run()
    }
    this.agenda.after(ms, wake)
  }

  private awake(run: () => void): void {
    if (this.asleepUntil > this.agenda.now) this.waiting.push(run)
    else run()
  }

  // -------------------------------------------------------------------- what happens to it

  linkUp(_connection: Connection, peer: Endpoint): void {
    this.awake(() => {
      this.watched.set(peer.id, { heardAt: this.agenda.now, suspect: false, suspectAt: 0, reign: null })
      this.feed({ _tag: "up", peer: peer.id, preempts: this.options.preempt })
      this.log.ask(peer.id)
    })
  }

  linkDown(_connection: Connection, peer: Endpoint, left: boolean): void {
    this.awake(() => {
      this.watched.delete(peer.id)
      this.feed({ _tag: "down", peer: peer.id, left })
      this.log.gone(peer.id)
    })
  }

  receive(from: Endpoint, message: Message): void {
    this.awake(() => {
      if (isLog(message)) this.log.receive(from.id, message)
      else this.feed({ _tag: "received", from: from.id, message })
    })
  }

  handOver(to: PeerId): void {
    this.awake(() => {
      if (this.log.followers.includes(to)) {
        this.feed({ _tag: "hand-over", to, cuts: [{ room: "main" as never, seq: (this.log.end?.seq ?? 0) as never }] })
      }
    })
  }

  /** Beats, as they came in since the last look. */
  private look(): void {
    for (const [id, peer] of this.watched) {
      const other = this.links.get(id)?.other(this) as Process | undefined
      if (other === undefined) continue
      const { now } = this.agenda
      const beats = other.alive && other.asleepUntil <= now && other.links.get(this.id)?.other(other) === this
        && !this.network.isCut(id, this.id) && !this.witness.muted(id, this.id)
      if (beats) {
        peer.heardAt = now
        if (peer.suspect) {
          peer.suspect = false
          this.feed({ _tag: "recovered", peer: id })
          this.log.ask(id)
        }
        const reign = other.state.accepted === null ? null : ref(other.state.accepted)
        if (!equals(reign, peer.reign)) {
          peer.reign = reign
          this.feed({ _tag: "reported", peer: id, reign })
        }
      } else if (!peer.suspect && now - Math.max(peer.heardAt, this.wokeAt) >= suspectAfterMs) {
        peer.suspect = true
        peer.suspectAt = now
        this.feed({ _tag: "suspected", peer: id })
        this.log.gone(id)
      } else if (peer.suspect && now - peer.suspectAt >= abandonAfterMs) this.network.disconnect(this, id, false)
    }
  }

  // -------------------------------------------------------------------- the election

  /** One input after the other, whatever carrying out the one before brought about. */
  private feed(input: Bully.Input): void {
    this.inputs.push(input)
    if (this.inputs.length > 1) return
    for (; this.inputs.length > 0; this.inputs.shift()) this.advance(this.inputs[0]!)
  }

  private advance(input: Bully.Input): void {
    if (!this.alive) return
    const result = step(this.state, input, {
      now: this.agenda.now,
      weight: { seated: this.seated, seq: (this.log.end?.seq ?? 0) as never },
      silentMs: (peer) => this.agenda.now - (this.watched.get(peer)?.heardAt ?? -Infinity)
    })
    this.state = result.state
    for (const output of result.outputs) this.carryOut(output)
    const role = Bully.role(this.state)
    const { accepted } = this.state
    const standing = `${role} ${accepted?.epoch} ${accepted?.host}`
    if (standing !== this.standing) {
      this.standing = standing
      this.log.stand(role, accepted, Bully.endedByConsent(this.state))
    }
    this.witness.stepped(this, input)
  }

  private carryOut(output: Bully.Output): void {
    switch (output._tag) {
      case "send":
        return this.network.send(this, output.to, output.message)
      case "timer": {
        const token = {}
        this.timers.set(output.name, token)
        this.agenda.after(output.ms, () =>
          this.awake(() => {
            if (this.timers.get(output.name) !== token) return
            this.timers.delete(output.name)
            this.feed({ _tag: "timer", name: output.name })
          }))
        return
      }
      case "cancel":
        this.timers.delete(output.name)
        return
      case "accept":
        return this.witness.accepted(this, output.reign)
      case "abandon":
        return this.network.disconnect(this, output.peer, false)
      case "wish":
        return this.agenda.after(0, () => this.handOver(output.to))
      case "offer": {
        const ms = this.witness.takeOverAfterMs()
        const cut = output.cuts[0]?.seq ?? 0
        if (ms !== null) this.agenda.after(ms, () => this.awake(() => this.takeOver(output.reign, cut, 10)))
        return
      }
    }
  }

  /** As soon as this node has everything up to the cut. */
  private takeOver(over: ReignRef, cut: number, attempts: number): void {
    if ((this.log.end?.seq ?? 0) >= cut) this.feed({ _tag: "take-over", over })
    else if (attempts > 0) this.agenda.after(10, () => this.awake(() => this.takeOver(over, cut, attempts - 1)))
  }
}

const logTags = new Set<string>(["sync-request", "sync-answer", "replicate", "held"])
const isLog = (message: Message): message is LogMessage => logTags.has(message._tag)
