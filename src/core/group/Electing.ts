/**
 * Who hosts, as one node of a group sees it: what it makes of its group's log, of whom it loses and of what it is asked.
 * What it accepts, notes and hands over is carried out elsewhere. No clock: times are monotonic milliseconds.
 */
import type { PeerId } from "../../protocol/Ids.ts"
import { compare, equals, type Reign, type ReignCause, type ReignRef } from "../../protocol/Reign.ts"
import * as Reigning from "./Reigning.ts"

/** What was noted and is not committed after so long is noted again. */
export const noteAgainMs = 1_000
/** The most reigns that are given up for one at a time; the rest are for the next. */
const givenMax = 8

const nobody: Reigning.Place = {
  term: 0,
  leader: null,
  isEstablished: false,
  voters: [],
  isSettled: false,
  followsAnother: false
}

/** As an `Election` tells it. */
export interface Standing {
  readonly role: "host" | "peer" | "electing"
  /** The accepted reign, or null before the first. Whatever belongs to an older one is to be ignored. */
  readonly reign: Reign | null
  /**
   * The reign that this node claims and that its peers have not all accepted yet. Questions may be asked under it, so
   * that their answers are there when it begins; nothing may be ordered.
   */
  readonly claim: Reign | null
  /** Why the accepted reign began. */
  readonly cause: ReignCause
  /** The reigns that it ended by their hosts' consent: their logs need not be asked for. */
  readonly over: ReadonlyArray<ReignRef>
}

export class Electing {
  private cause: ReignCause = "start"
  private over: ReadonlyArray<ReignRef> = []
  private declared: Reigning.Declared | null = null
  private place = nobody
  /** Another object whenever it wants something else. */
  wants = Reigning.nothing
  /** What this node has noted, and is not committed yet. */
  private noted: { readonly reign: Reign; readonly term: number; readonly atMs: number } | null = null
  private handing: { readonly to: PeerId; readonly untilMs: number } | null = null
  /** Set while a leader that stood still does not know yet whether it leads. */
  private doubt: object | null = null

  constructor(private readonly self: PeerId, public accepted: Reign | null) {}

  // ------------------------------------------------------------------ where it stands

  private get isNewest(): boolean {
    return this.declared !== null && equals(this.accepted, this.declared.reign)
  }

  get leads(): boolean {
    return Reigning.leads(this.self, this.place, this.declared) && this.isNewest
  }

  get role(): Standing["role"] {
    if (this.leads) return this.doubt === null && this.handing === null ? "host" : "electing"
    const { leader } = this.place
    return leader !== null && leader !== this.self && this.isNewest && this.accepted!.host === leader
      ? "peer"
      : "electing"
  }

  get standing(): Standing {
    const { accepted: reign, cause, doubt, handing, noted, over, role } = this
    const claim = role === "electing" && handing === null && doubt === null ? noted?.reign ?? null : null
    // Nobody need be asked for logs that were handed over whole, or are given up.
    return { role, reign, claim, cause, over: cause === "handover" || cause === "heal" ? over : [] }
  }

  // ------------------------------------------------------------------ what the group's log says

  /** Where it is now, and what was declared there last. Gives what is to be kept, and then accepted, if that is newer. */
  look(place: Reigning.Place | null, declared: Reigning.Declared | null): Reigning.Declared | null {
    this.place = place ?? nobody
    this.declared = declared
    const { accepted, noted, self, wants } = this
    const { isEstablished, leader, term } = this.place
    if (leader !== self) {
      this.handing = this.doubt = null
      this.wants = { ...wants, again: false, given: [], above: 0 }
    }
    if (noted !== null && (noted.term !== term || !isEstablished)) this.noted = null
    return declared === null || (accepted !== null && compare(declared.reign, accepted) <= 0) ? null : declared
  }

  /** It is kept. */
  accept({ cause, over, reign }: Reigning.Declared): void {
    this.accepted = reign
    this.cause = cause
    this.over = over
    if (this.noted !== null && this.noted.reign.epoch <= reign.epoch) this.noted = null
    const { offered } = this.wants
    this.wants = { ...Reigning.nothing, offered: equals(offered, reign) ? offered : null }
  }

  /** What a leader is to note now: its reign, or the next one of its own. */
  next(now: number): Reigning.Declaration | null {
    const { accepted, declared, doubt, handing, noted, place, self, wants } = this
    if (noted !== null && now - noted.atMs < noteAgainMs) return null
    return handing === null && doubt === null ? Reigning.next(self, place, declared, accepted, wants) : null
  }

  /** That is in the leader's log. */
  note({ reign }: Reigning.Declaration, now: number): void {
    this.noted = { reign, term: this.place.term, atMs: now }
  }

  // ------------------------------------------------------------------ whom the group takes in

  mayChange(voters: ReadonlyArray<PeerId>, holders: ReadonlySet<PeerId>): boolean {
    return this.role === "host" && Reigning.mayReignOver(voters, this.accepted!, holders)
  }

  /**
   * Whether a node may join that has accepted this reign; `given`: by its host's consent. If not, then once this node
   * reigns above it: it wants to from now on.
   */
  mayJoin(reign: ReignRef | null, given: boolean): boolean {
    const { accepted, declared, wants } = this
    if (reign === null || accepted === null || declared === null) return true
    // Who learns this log accepts what it says of reigns, so perhaps this one.
    const isAbove = reign.epoch >= accepted.epoch && !equals(reign, accepted)
    const isGiven = given && !declared.over.some((one) => equals(one, reign))
    if (!isAbove && !isGiven) return true
    const isNew = given && wants.given.length < givenMax && !wants.given.some((one) => equals(one, reign))
    if (isNew || reign.epoch > wants.above) {
      const above = Math.max(wants.above, reign.epoch)
      this.wants = { ...wants, above, given: isNew ? [...wants.given, reign] : wants.given }
    }
    return false
  }

  // ------------------------------------------------------------------ losses and stalls

  lost(peer: PeerId): void {
    if (peer === this.accepted?.host) this.wants = { ...this.wants, lossCause: "crash" }
    if (peer === this.handing?.to) this.takeBack()
  }

  /** A leader that stood still may have been deposed meanwhile: it does not host until it is `assured`. */
  distrust(): object | null {
    return this.place.leader === this.self ? this.doubt = {} : null
  }

  /** Whether that doubt is the newest; if so, it is over. */
  assured(doubt: object): boolean {
    if (doubt !== this.doubt) return false
    this.doubt = null
    return true
  }

  // ------------------------------------------------------------------ handing over

  /** The reign that may be offered to a voter now; null: none. */
  offerable(to: PeerId): Reign | null {
    return this.role === "host" && this.place.voters.includes(to) ? this.accepted : null
  }

  offered(to: PeerId, untilMs: number): void {
    this.handing = { to, untilMs }
  }

  /** Whether this offer, or answer, is of the accepted reign's host, or of whom that was offered to. */
  heeds(from: PeerId, message: { readonly _tag: "offer" | "taken"; readonly reign: ReignRef }): boolean {
    if (!equals(message.reign, this.accepted)) return false
    return message._tag === "offer" ? this.role === "peer" && from === this.accepted!.host : this.handing?.to === from
  }

  /** This node has all events of the reign that it was offered. False: it is over. */
  takeOver(over: ReignRef): boolean {
    if (!equals(over, this.accepted) || this.role !== "peer") return false
    this.wants = { ...this.wants, offered: over }
    return true
  }

  /** What was offered and not taken in time is taken back. */
  expire(now: number): void {
    if (this.handing !== null && now >= this.handing.untilMs) this.takeBack()
  }

  /** This node goes on, under a reign above. */
  private takeBack(): void {
    this.handing = null
    this.wants = { ...this.wants, again: true }
  }
}
