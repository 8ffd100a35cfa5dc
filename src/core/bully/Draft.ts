/**
 * A step in the making: the next state, what it wants done, and the moves that several inputs share.
 */
import type { BullyMessage, Weight } from "../../protocol/Bully.ts"
import type { Epoch, PeerId } from "../../protocol/Ids.ts"
import * as Reigns from "../../protocol/Reign.ts"
import type { Reign, ReignCause, ReignRef } from "../../protocol/Reign.ts"
import type { Moment, Output, PeerState, Phase, State } from "./State.ts"
import { hosts, isLive, liveMembers, livePeers, majority } from "./State.ts"

/** How much slower a peer that refused is told again. */
const refusedPatience = 10

export class Draft {
  readonly outputs: Array<Output> = []

  constructor(public state: State, readonly moment: Moment) {}

  set(change: Partial<State>): void {
    this.state = { ...this.state, ...change }
  }

  peer(id: PeerId, change: Partial<PeerState>): void {
    const before = this.state.peers.get(id)
    if (before !== undefined) this.set({ peers: new Map(this.state.peers).set(id, { ...before, ...change }) })
  }

  send(to: PeerId, message: BullyMessage): void {
    this.outputs.push({ _tag: "send", to, message })
  }

  enter(phase: Phase, timeoutMs: number | null): void {
    this.set({ phase })
    this.outputs.push(
      timeoutMs === null ? { _tag: "cancel", name: "phase" } : { _tag: "timer", name: "phase", ms: timeoutMs }
    )
  }

  see(epoch: number): void {
    if (epoch > this.state.highest) this.set({ highest: epoch as Epoch })
  }

  /** The accepted reign has a live host: this node, or a live peer that does not follow somebody else by now. */
  get hostAlive(): boolean {
    const { accepted, peers, phase, self } = this.state
    if (accepted === null) return false
    if (accepted.host === self) return hosts(this.state)
    if (phase._tag !== "following") return false
    const host = peers.get(accepted.host)
    return host?.live === true && (host.reported === null || Reigns.compare(host.reported, accepted) <= 0)
  }

  get weight(): Weight {
    const { accepted, peers } = this.state
    let members = 1
    for (const peer of peers.values()) if (peer.live && Reigns.equals(peer.reported, accepted)) members++
    return { ...this.moment.weight, members }
  }

  // ------------------------------------------------------------------ electing

  elect(): void {
    const higher = livePeers(this.state).filter((id) => id > this.state.self)
    if (higher.length === 0) return this.claim(this.state.lossCause)
    for (const id of higher) this.send(id, { _tag: "election", epoch: this.state.highest })
    this.enter({ _tag: "electing" }, this.state.options.okMs)
  }

  /** Tries again later; whoever has accepted a claim that comes to nothing is told. */
  wait(): void {
    const { phase } = this.state
    if (phase._tag === "claiming") {
      for (const id of phase.accepted) this.send(id, { _tag: "withdrawn", reign: Reigns.ref(phase.reign) })
    }
    this.enter({ _tag: "waiting" }, this.state.options.coordinatorMs)
  }

  // ------------------------------------------------------------------ claiming

  /**
   * Announces a reign above all epochs seen. With consent (`over`) it begins at once; otherwise when every live peer has
   * accepted it, and with a quorum a majority of the last reign's members.
   */
  claim(cause: ReignCause, over: ReadonlyArray<ReignRef> = [], members?: ReadonlyArray<PeerId>): void {
    const live = livePeers(this.state)
    const { accepted, options, self } = this.state
    const counted = members ?? (options.quorum && accepted !== null ? accepted.members : [self, ...live].sort())
    const reign: Reign = { epoch: (this.state.highest + 1) as Epoch, host: self, members: counted.slice(0, Reigns.membersMax) }
    this.see(reign.epoch)
    this.set({ pending: null })
    if (over.length > 0) {
      this.begin(reign, cause, over)
      for (const id of live) this.tell(id)
      return
    }
    this.enter({ _tag: "claiming", reign, cause, over, accepted: new Set() }, options.coordinatorMs)
    for (const id of live) this.send(id, { _tag: "coordinator", reign, cause, over })
    this.outputs.push({ _tag: "timer", name: "repeat", ms: options.repeatMs })
    this.settleClaim()
  }

  /** Begins the claimed reign once all that must answer have. */
  settleClaim(): void {
    const { options, phase, self } = this.state
    if (phase._tag !== "claiming") return
    if (livePeers(this.state).some((id) => !phase.accepted.has(id))) return
    if (options.quorum && this.state.accepted !== null) {
      const voters = this.state.accepted.members
      const votes = voters.filter((id) => id === self || phase.accepted.has(id)).length
      if (votes < majority(voters.length)) return this.wait()
    }
    this.begin(phase.reign, phase.cause, phase.over)
  }

  private begin(reign: Reign, cause: ReignCause, over: ReadonlyArray<ReignRef>): void {
    this.outputs.push({ _tag: "accept", reign })
    this.set({ accepted: reign, cause, over, departed: new Set(), pending: null })
    this.enter({ _tag: "hosting" }, null)
    this.outputs.push({ _tag: "timer", name: "repeat", ms: this.state.options.repeatMs })
    this.armPreemption()
  }

  /** COORDINATOR, to a peer that may not know of this node's reign. */
  tell(to: PeerId): void {
    const { accepted, cause, over } = this.state
    if (accepted === null) return
    this.peer(to, { toldAt: this.moment.now })
    this.send(to, { _tag: "coordinator", reign: accepted, cause, over })
  }

  /** COORDINATOR again to all who have not answered it; asks to be called again while there are any. */
  repeat(): void {
    const { accepted, options, phase } = this.state
    if (phase._tag === "claiming") {
      for (const id of livePeers(this.state)) {
        if (!phase.accepted.has(id)) {
          this.send(id, { _tag: "coordinator", reign: phase.reign, cause: phase.cause, over: phase.over })
        }
      }
    } else if (phase._tag === "hosting") {
      for (const [id, peer] of this.state.peers) {
        const patience = options.repeatMs * (peer.refused ? refusedPatience : 1)
        if (peer.live && !Reigns.equals(peer.reported, accepted) && this.moment.now - peer.toldAt >= patience) this.tell(id)
      }
      this.renewMembers()
    } else return
    this.outputs.push({ _tag: "timer", name: "repeat", ms: options.repeatMs })
  }

  /**
   * With a quorum, members change one at a time, and only once a majority has accepted the last change: majorities of
   * two sets that differ by one always meet (Ongaro's dissertation, 4.1).
   */
  private renewMembers(): void {
    const { accepted, departed, options, peers, self } = this.state
    if (!options.quorum || accepted === null || !hosts(this.state)) return
    const follows = (id: PeerId) => id === self || (isLive(this.state, id) && Reigns.equals(peers.get(id)!.reported, accepted))
    if (accepted.members.filter(follows).length < majority(accepted.members.length)) return
    const joiner = livePeers(this.state).find((id) => follows(id) && !accepted.members.includes(id))
    const leaver = accepted.members.find((id) => departed.has(id))
    if (joiner !== undefined) this.claim("handover", [Reigns.ref(accepted)], [...accepted.members, joiner].sort())
    else if (leaver !== undefined) {
      this.claim("handover", [Reigns.ref(accepted)], accepted.members.filter((id) => id !== leaver))
    }
  }

  // ------------------------------------------------------------------ following

  follow(reign: Reign, cause: ReignCause, over: ReadonlyArray<ReignRef>): void {
    this.outputs.push({ _tag: "accept", reign })
    this.set({ accepted: reign, cause, over, departed: new Set(), pending: null })
    this.peer(reign.host, { reported: Reigns.ref(reign) })
    this.enter({ _tag: "following" }, null)
    this.outputs.push({ _tag: "cancel", name: "repeat" }, { _tag: "cancel", name: "probe" }, { _tag: "cancel", name: "preempt" })
    this.send(reign.host, { _tag: "accepted", reign: Reigns.ref(reign) })
    if (!isLive(this.state, reign.host)) this.lose(this.state.lossCause)
  }

  refuse(to: PeerId, claimed: ReignRef): void {
    this.send(to, { _tag: "refused", claimed: Reigns.ref(claimed), reign: this.state.accepted, hostLive: this.hostAlive })
  }

  /** The host is gone: a claim that waited for its answer is believed, else an election begins. */
  lose(cause: ReignCause): void {
    this.set({ lossCause: cause })
    const { pending } = this.state
    if (pending !== null) this.follow(pending.reign, pending.cause, pending.over)
    else this.elect()
  }

  // ------------------------------------------------------------------ healing and handing over

  offerHeal(to: PeerId): void {
    if (this.state.accepted !== null) {
      this.send(to, { _tag: "heal-offer", reign: Reigns.ref(this.state.accepted), weight: this.weight })
    }
  }

  /** Asks to be called when a higher node may preempt. */
  armPreemption(): void {
    const { options, peers, phase, self } = this.state
    if (phase._tag !== "hosting" || !options.preempt) return
    let soonest = Infinity
    for (const [id, peer] of peers) {
      if (id > self && peer.live && peer.preempts) {
        soonest = Math.min(soonest, peer.upSince + options.preemptAfterMs - this.moment.now)
      }
    }
    if (soonest < Infinity) {
      this.outputs.push({ _tag: "timer", name: "preempt", ms: Math.max(soonest, options.repeatMs) })
    }
  }

  wishPreemption(): void {
    const { options, peers, phase, self } = this.state
    if (phase._tag !== "hosting" || !options.preempt) return
    const ripe = livePeers(this.state).filter((id) => {
      const peer = peers.get(id)!
      return id > self && peer.preempts && this.moment.now - peer.upSince >= options.preemptAfterMs
    })
    const highest = ripe.at(-1)
    if (highest !== undefined && hosts(this.state)) this.outputs.push({ _tag: "wish", to: highest })
    this.armPreemption()
  }

  get liveMembers(): number {
    return this.state.accepted === null ? 0 : liveMembers(this.state, this.state.accepted.members)
  }
}
