/**
 * A step in the making: the next state, what it wants done, and the moves that several inputs share.
 */
import type { BullyMessage, Weight } from "../../protocol/Bully.ts"
import type { Epoch, PeerId } from "../../protocol/Ids.ts"
import type { Reign, ReignCause, ReignRef } from "../../protocol/Reign.ts"
import * as Reigns from "../../protocol/Reign.ts"
import { majority } from "../raft/Quorum.ts"
import type { Grounds, Moment, Output, PeerState, Phase, State } from "./State.ts"
import { follows, hasQuorum, hosts, isLive, livePeers, reigns } from "./State.ts"

/** How much slower a peer that refused is told again. */
const refusedPatience = 10
/** So often is a peer told before its stream is taken for stuck. */
const tellsMax = 10

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

  /** A reign that a peer has accepted: what members of it a claim must be counted by. */
  learn(from: PeerId, reign: Reign): void {
    this.see(reign.epoch)
    const { newest } = this.state
    if (newest === null || (Reigns.compare(reign, newest) > 0 && newest.members.includes(from))) {
      this.set({ newest: reign })
    }
  }

  /** A claim's reign, which members may have reported that they are in: of that they told no more than its name. */
  recognize(reign: Reign): void {
    const { newest, peers } = this.state
    const member = newest?.members.find((id) => Reigns.equals(peers.get(id)?.reported ?? null, reign))
    if (member !== undefined) this.learn(member, reign)
  }

  /**
   * Whether a reign may follow on what this node knows without its host's consent. With a quorum it must be of the same
   * line: members of another one have never heard of what a majority here holds.
   */
  isOfMyLine(reign: Reign): boolean {
    const { newest, options } = this.state
    return !options.quorum || newest === null || Reigns.equals(reign.root, newest.root)
  }

  /** The accepted reign has a live host: this node, or a live peer that does not follow somebody else by now. */
  get hostAlive(): boolean {
    const { accepted, peers, phase, self } = this.state
    if (accepted === null) return false
    if (accepted.host === self) return phase._tag !== "claiming" && reigns(this.state) && hasQuorum(this.state)
    if (phase._tag !== "following") return false
    const host = peers.get(accepted.host)
    return host?.live === true && (host.reported === null || Reigns.compare(host.reported, accepted) <= 0)
  }

  /** Of those who have not answered to a new reign yet, the ones count that were in a reign which it ended. */
  get weight(): Weight {
    const { over, peers } = this.state
    let members = 1
    for (const [id, { live, reported }] of peers) {
      if (follows(this.state, id) || (live && over.some((ended) => Reigns.equals(ended, reported)))) members++
    }
    return { ...this.moment.weight, members }
  }

  // ------------------------------------------------------------------ electing

  elect(): void {
    const higher = livePeers(this.state).filter((id) => id > this.state.self && !this.isForeign(id))
    if (higher.length === 0) return this.claim(this.state.lossCause)
    this.withdraw()
    for (const id of higher) this.send(id, { _tag: "election", epoch: this.state.highest })
    this.enter({ _tag: "electing" }, this.state.options.okMs)
  }

  /** Whether it follows a reign of another line and is no member here, so that it will never claim for this line. */
  private isForeign(id: PeerId): boolean {
    const { foreign, newest, peers } = this.state
    return foreign !== null && newest !== null && !this.isOfMyLine(foreign) && !newest.members.includes(id)
      && Reigns.equals(peers.get(id)?.reported ?? null, foreign)
  }

  /** Tries again later. */
  wait(): void {
    this.withdraw()
    this.enter({ _tag: "waiting" }, this.state.options.coordinatorMs)
  }

  /** The claim comes to nothing: whoever accepted it is told, and whoever may yet accept it, in sight or not. */
  private withdraw(): void {
    const { phase } = this.state
    if (phase._tag !== "claiming") return
    for (const id of this.state.peers.keys()) this.send(id, { _tag: "withdrawn", reign: Reigns.ref(phase.reign) })
  }

  // ------------------------------------------------------------------ claiming

  /**
   * Announces a reign above all epochs seen. With consent (`over`) it begins at once; otherwise when every live peer has
   * accepted it. With a quorum, a majority of its members must have accepted it in either case; they are those of the
   * newest reign known, but for the one that a host adds or takes out.
   */
  claim(cause: ReignCause, ended: ReadonlyArray<ReignRef> = [], members?: ReadonlyArray<PeerId>): void {
    const live = livePeers(this.state)
    const { accepted, newest, options, self } = this.state
    // Where a member has accepted a newer reign, consent to this one does not make up for what it may know.
    const over = options.quorum && !Reigns.equals(accepted, newest) ? [] : ended
    const before = options.quorum ? newest : accepted
    const counted = members ?? (options.quorum && before !== null ? before.members : [self, ...live].sort())
    const ref: ReignRef = { epoch: (this.state.highest + 1) as Epoch, host: self }
    const reign: Reign = { ...ref, members: counted.slice(0, Reigns.membersMax), root: before?.root ?? ref }
    const after = before === null ? null : Reigns.ref(before)
    this.see(reign.epoch)
    this.set({ pending: null })
    if (over.length > 0 && !options.quorum) {
      this.begin(reign, { cause, over })
      for (const id of live) this.tell(id)
      return
    }
    const answers = { accepted: new Set<PeerId>(), holding: new Map<PeerId, ReignRef>(), aside: new Set<PeerId>() }
    this.enter({ _tag: "claiming", reign, cause, over, after, ...answers }, options.coordinatorMs)
    for (const id of live) this.sendClaim(id)
    this.outputs.push({ _tag: "timer", name: "repeat", ms: options.repeatMs })
    this.settleClaim()
  }

  /** Begins the claimed reign once all that must answer have. */
  settleClaim(): void {
    const { options, phase, self } = this.state
    if (phase._tag !== "claiming") return
    const { accepted, holding, reign } = phase
    const votes = reign.members.filter((id) => id === self || accepted.has(id)).length
    const enough = !options.quorum || this.state.newest === null || votes >= majority(reign.members.length)
    if (phase.over.length > 0 && enough) return this.begin(reign, phase)
    const others = livePeers(this.state).filter((id) => !accepted.has(id) && !phase.aside.has(id))
    if (others.some((id) => !holding.has(id))) return
    const held = others.map((id) => holding.get(id)!)
    if (held.length > 0) {
      // Their hosts have given way to this claim, and need only be named for the others to follow.
      const yielded = held.every((ref) => accepted.has(ref.host))
      return yielded ? this.claim(phase.cause, dedupe([...phase.over, ...held])) : this.wait()
    }
    if (!enough) this.wait()
    // Who founds a cluster counts whoever has accepted that, so that each member has been of its line.
    else if (options.quorum && this.state.newest === null && votes < reign.members.length) {
      this.claim(phase.cause, [], reign.members.filter((id) => id === self || accepted.has(id)))
    } else this.begin(reign, phase)
  }

  /** COORDINATOR of a claim that is not settled yet. */
  sendClaim(to: PeerId): void {
    const { phase } = this.state
    if (phase._tag !== "claiming") return
    const { after, cause, over, reign } = phase
    this.send(to, { _tag: "coordinator", reign, cause, over, after })
  }

  private begin(reign: Reign, grounds: Grounds): void {
    this.accept(reign, grounds)
    this.resume()
  }

  private accept(reign: Reign, { cause, over }: Grounds): void {
    this.outputs.push({ _tag: "accept", reign })
    const departed = new Set([...this.state.departed].filter((id) => reign.members.includes(id)))
    this.set({ accepted: reign, void: false, newest: reign, cause, over, departed, pending: null, askers: new Set() })
  }

  /** Hosts under the accepted reign, from its beginning or again. */
  resume(): void {
    this.enter({ _tag: "hosting" }, null)
    this.outputs.push({ _tag: "timer", name: "repeat", ms: this.state.options.repeatMs })
    this.armPreemption()
  }

  /** COORDINATOR, to a peer that may not know of this node's reign. No other can have begun before it any more. */
  tell(to: PeerId): void {
    const { accepted, cause, over } = this.state
    if (accepted === null) return
    const unanswered = (this.state.peers.get(to)?.unanswered ?? 0) + 1
    if (unanswered % tellsMax === 0) this.outputs.push({ _tag: "renew", peer: to })
    this.peer(to, { toldAt: this.moment.now, unanswered })
    this.send(to, { _tag: "coordinator", reign: accepted, cause, over, after: Reigns.ref(accepted) })
  }

  /** COORDINATOR again to all who have not answered it; asks to be called again while there are any. */
  repeat(): void {
    const { options, phase } = this.state
    if (phase._tag === "claiming") {
      for (const id of livePeers(this.state)) if (!phase.accepted.has(id)) this.sendClaim(id)
    } else if (phase._tag === "hosting") {
      for (const [id, peer] of this.state.peers) {
        const patience = options.repeatMs * (peer.refused ? refusedPatience : 1)
        if (peer.live && !follows(this.state, id) && this.moment.now - peer.toldAt >= patience) this.tell(id)
      }
      this.renewMembers()
    } else return
    this.outputs.push({ _tag: "timer", name: "repeat", ms: options.repeatMs })
  }

  /**
   * With a quorum, members change one at a time, and only once a majority has accepted the last change: majorities of
   * two sets that differ by one always meet (Ongaro's dissertation, 4.1). Who says goodbye is taken out even where it
   * leaves no majority: this reign had one when it began, and the next one needs one of those who stay.
   */
  renewMembers(): void {
    const { accepted, departed, options, phase } = this.state
    if (!options.quorum || accepted === null || phase._tag !== "hosting") return
    const leaver = accepted.members.find((id) => departed.has(id))
    const joiner = livePeers(this.state).find((id) => follows(this.state, id) && !accepted.members.includes(id))
    if (leaver !== undefined) {
      this.claim("handover", [Reigns.ref(accepted)], accepted.members.filter((id) => id !== leaver))
    } else if (joiner !== undefined && hosts(this.state) && accepted.members.length < Reigns.membersMax) {
      this.claim("handover", [Reigns.ref(accepted)], [...accepted.members, joiner].sort())
    }
  }

  // ------------------------------------------------------------------ following

  follow(reign: Reign, grounds: Grounds): void {
    this.withdraw()
    this.accept(reign, grounds)
    const { host } = reign
    const doubted = !isLive(this.state, host)
    this.peer(host, { live: true, reported: Reigns.ref(reign) })
    this.enter({ _tag: "following" }, null)
    for (const name of ["repeat", "probe", "preempt"] as const) this.outputs.push({ _tag: "cancel", name })
    this.send(host, { _tag: "accepted", reign: Reigns.ref(reign) })
    if (!this.state.peers.has(host)) this.lose(this.state.lossCause)
    // Alive, since it just spoke; but it was suspected, and nobody will say so again if it falls silent now.
    else if (doubted) this.probeHost()
  }

  /** Follows the accepted host again, where that is live and has not given its reign up. False where it cannot. */
  rejoin(): boolean {
    const { accepted, peers, self } = this.state
    if (accepted === null || accepted.host === self || this.state.void) return false
    const host = peers.get(accepted.host)
    if (host?.live !== true || (host.reported !== null && Reigns.compare(host.reported, accepted) > 0)) return false
    this.follow(accepted, this.state)
    return true
  }

  refuse(to: PeerId, claimed: ReignRef): void {
    this.send(to, {
      _tag: "refused",
      claimed: Reigns.ref(claimed),
      reign: this.state.accepted,
      hostLive: this.hostAlive
    })
  }

  /**
   * The host is gone: a claim that waited for its answer is believed, else an election begins. A node that knows a higher
   * live one gives that a head start, since it will claim by itself; ELECTION goes out only if it does not.
   */
  lose(cause: ReignCause): void {
    this.set({ lossCause: cause, askers: new Set() })
    const { options, pending, self } = this.state
    if (pending !== null) this.follow(pending.reign, pending)
    else if (livePeers(this.state).some((id) => id > self)) this.enter({ _tag: "awaiting" }, options.headStartMs)
    else this.elect()
  }

  /** Asks the host whether it is there; the answer, or the silence, decides about a claim that waits. */
  probeHost(): void {
    const { accepted, options } = this.state
    if (accepted === null) return
    this.set({ nonce: this.state.nonce + 1 })
    this.send(accepted.host, { _tag: "probe", nonce: this.state.nonce })
    this.outputs.push({ _tag: "timer", name: "probe", ms: options.probeMs })
  }

  // ------------------------------------------------------------------ healing and handing over

  /** Tells another host what this node's reign weighs, or that the other's has been found lighter. */
  offerHeal(to: PeerId, lighter: ReignRef | null = null): void {
    const { accepted } = this.state
    if (accepted === null || !hosts(this.state)) return
    this.send(to, { _tag: "heal-offer", reign: Reigns.ref(accepted), weight: this.weight, lighter })
  }

  /** What was offered was not taken: this node goes on, above whatever the other may have claimed meanwhile. */
  takeBack(): void {
    this.see(this.state.highest + 1)
    // Not by consent: the successor may have ordered something, so logs are asked for first.
    this.goOnAbove("silence")
  }

  /** This node's reign goes on above all epochs seen; with a quorum, only after asking what a majority knows. */
  goOnAbove(cause: ReignCause): void {
    const { accepted, options } = this.state
    if (accepted === null) return this.elect()
    this.claim(cause, options.quorum ? [] : [Reigns.ref(accepted)])
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
}

const dedupe = (refs: ReadonlyArray<ReignRef>): ReadonlyArray<ReignRef> =>
  refs.filter((ref, at) => refs.findIndex((other) => Reigns.equals(ref, other)) === at)
