/** One node's election step by step: what happens to it, and what it then says and waits for, as short texts. */
import { assert } from "vitest"
import { invariants } from "../../../src/core/bully/Invariants.ts"
import * as Bully from "../../../src/core/bully/State.ts"
import { step } from "../../../src/core/bully/Step.ts"
import type { BullyMessage } from "../../../src/protocol/Bully.ts"
import type { PeerId } from "../../../src/protocol/Ids.ts"
import type { Reign, ReignCause, ReignRef } from "../../../src/protocol/Reign.ts"
import { defaults, idOf } from "./Simulation.ts"

export const numberOf = (peer: PeerId): number => parseInt(peer.slice(0, 8), 16)

/** The reign of node `host` in that epoch. */
export const reignOf = (epoch: number, host: number, members: ReadonlyArray<number> = []): Reign => ({
  epoch: epoch as Reign["epoch"],
  host: idOf(host),
  members: members.map(idOf),
  root: refOf(0, 1)
})
export const refOf = (epoch: number, host: number): ReignRef => ({
  epoch: epoch as ReignRef["epoch"],
  host: idOf(host)
})

const nameOf = (reign: ReignRef | null): string => reign === null ? "none" : `${reign.epoch}.${numberOf(reign.host)}`

const tell = (message: BullyMessage): string => {
  switch (message._tag) {
    case "coordinator": {
      const over = message.over.length === 0 ? "" : ` over ${message.over.map(nameOf).join(" and ")}`
      return `coordinator ${nameOf(message.reign)} (${message.cause}${over})`
    }
    case "accepted":
    case "withdrawn":
    case "hosted":
      return `${message._tag} ${nameOf(message.reign)}`
    case "refused":
      return `refused ${nameOf(message.claimed)} for ${message.hostLive ? "live" : "old"} ${nameOf(message.reign)}`
    case "heal-offer":
      return `heal-offer ${nameOf(message.reign)} of ${message.weight.members}` +
        (message.lighter === null ? "" : `, heavier than ${nameOf(message.lighter)}`)
    case "heal-yield":
      return `heal-yield ${nameOf(message.reign)} to ${nameOf(message.to)}`
    case "hand-over":
      return `hand-over ${nameOf(message.reign)}`
    default:
      return message._tag
  }
}

export interface ScriptOptions extends Partial<Bully.Options> {
  readonly peers?: ReadonlyArray<number>
  readonly acceptedBefore?: Reign
  readonly preempts?: boolean
}

export class Script {
  state: Bully.State
  now = 0
  /** What its reign weighs now. */
  weight: Bully.Moment["weight"] = { seated: false, seq: 0 as Bully.Moment["weight"]["seq"] }
  /** How long nothing was heard of anybody. */
  silentMs = 0
  private readonly timers = new Map<Bully.TimerName, number>()

  /** Started, with links to these peers. */
  constructor(readonly self: number, private readonly options: ScriptOptions = {}) {
    const { acceptedBefore = null, peers = [], preempts: _, ...rest } = options
    this.state = Bully.initial(idOf(self), { ...defaults, ...rest }, acceptedBefore)
    this.take({ _tag: "start" })
    for (const peer of peers) this.up(peer)
  }

  /** What it says, in order: `to: message`, and what else it wants done. */
  take(input: Bully.Input): ReadonlyArray<string> {
    const result = step(this.state, input, { now: this.now, weight: this.weight, silentMs: () => this.silentMs })
    this.state = result.state
    assert.isEmpty(invariants(this.state), input._tag)
    const said: Array<string> = []
    for (const output of result.outputs) {
      switch (output._tag) {
        case "timer":
          this.timers.set(output.name, output.ms)
          break
        case "cancel":
          this.timers.delete(output.name)
          break
        case "send":
          said.push(`${numberOf(output.to)}: ${tell(output.message)}`)
          break
        case "accept":
          said.push(`accepts ${nameOf(output.reign)}`)
          break
        case "offer":
          said.push(`offered ${nameOf(output.reign)}`)
          break
        case "wish":
          said.push(`wishes ${numberOf(output.to)}`)
          break
        case "renew":
          said.push(`renews ${numberOf(output.peer)}`)
          break
        case "reach":
          said.push(`reaches ${numberOf(output.peer)} by way of ${numberOf(output.via)}`)
          break
        case "abandon":
          said.push(`abandons ${numberOf(output.peer)}`)
          break
      }
    }
    return said
  }

  up(peer: number): ReadonlyArray<string> {
    return this.take({ _tag: "up", peer: idOf(peer), preempts: this.options.preempts ?? true })
  }

  /** The peer's process died. */
  down(peer: number, left = false): ReadonlyArray<string> {
    return this.take({ _tag: "down", peer: idOf(peer), left })
  }

  silent(peer: number): ReadonlyArray<string> {
    return this.take({ _tag: "suspected", peer: idOf(peer) })
  }

  recovered(peer: number): ReadonlyArray<string> {
    return this.take({ _tag: "recovered", peer: idOf(peer) })
  }

  /** The peer's beats tell which reign it has accepted. */
  beats(peer: number, reign: ReignRef | null): ReadonlyArray<string> {
    return this.take({ _tag: "reported", peer: idOf(peer), reign })
  }

  hears(peer: number, message: BullyMessage): ReadonlyArray<string> {
    return this.take({ _tag: "received", from: idOf(peer), message })
  }

  stalled(): ReadonlyArray<string> {
    return this.take({ _tag: "stalled" })
  }

  handOver(to: number): ReadonlyArray<string> {
    return this.take({ _tag: "hand-over", to: idOf(to), cuts: [] })
  }

  takeOver(reign: ReignRef): ReadonlyArray<string> {
    return this.take({ _tag: "take-over", over: reign })
  }

  /** Time passes until this timer, which must have been set. */
  timeout(name: Bully.TimerName = "phase"): ReadonlyArray<string> {
    const ms = this.timers.get(name)
    if (ms === undefined) throw new Error(`node ${this.self} does not wait for ${name}`)
    this.timers.delete(name)
    this.now += ms
    return this.take({ _tag: "timer", name })
  }

  /** How long the timer runs, or null. */
  waits(name: Bully.TimerName = "phase"): number | null {
    return this.timers.get(name) ?? null
  }

  get phase(): Bully.Phase["_tag"] {
    return this.state.phase._tag
  }

  get accepted(): string {
    return nameOf(this.state.accepted)
  }

  get hosts(): boolean {
    return Bully.hosts(this.state)
  }
}

// -------------------------------------------------------------------- messages

export const coordinator = (
  reign: Reign,
  { after = null, cause = "crash", over = [] }: {
    readonly cause?: ReignCause
    readonly over?: ReadonlyArray<ReignRef>
    readonly after?: ReignRef | null
  } = {}
): BullyMessage => ({ _tag: "coordinator", reign, cause, over, after })

export const accepted = (reign: ReignRef): BullyMessage => ({
  _tag: "accepted",
  reign: { epoch: reign.epoch, host: reign.host }
})

export const refused = (claimed: ReignRef, reign: Reign | null, hostLive: boolean): BullyMessage => ({
  _tag: "refused",
  claimed: { epoch: claimed.epoch, host: claimed.host },
  reign,
  hostLive
})

export const withdrawn = (reign: ReignRef): BullyMessage => ({ _tag: "withdrawn", reign })
export const election: BullyMessage = { _tag: "election", epoch: 0 as Reign["epoch"] }
export const ok: BullyMessage = { _tag: "ok", epoch: 0 as Reign["epoch"] }

export const healOffer = (
  reign: ReignRef,
  weight: { readonly seated?: boolean; readonly members?: number; readonly seq?: number },
  lighter: ReignRef | null = null
): BullyMessage => ({
  _tag: "heal-offer",
  reign,
  weight: { seated: weight.seated ?? false, members: weight.members ?? 1, seq: (weight.seq ?? 0) as never },
  lighter
})

export const healYield = (reign: ReignRef, to: ReignRef): BullyMessage => ({ _tag: "heal-yield", reign, to })

// -------------------------------------------------------------------- situations

/** A node that follows the reign of this host, linked to all others. */
export const follower = (
  self: number,
  host: number,
  peers: ReadonlyArray<number>,
  options: ScriptOptions = {}
): Script => {
  const node = new Script(self, { ...options, peers })
  node.hears(host, coordinator(reignOf(1, host, [self, ...peers].sort((a, b) => a - b)), { cause: "start" }))
  return node
}

/** A node that hosts, and that all peers follow. */
export const hostOf = (self: number, peers: ReadonlyArray<number>, options: ScriptOptions = {}): Script => {
  const node = new Script(self, { ...options, peers })
  node.timeout()
  if (node.phase === "electing") node.timeout()
  for (const peer of peers) node.hears(peer, accepted(refOf(1, self)))
  return node
}
