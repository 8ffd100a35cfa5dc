/**
 * One node's failure detector, by script: commands, and what it then wants done, as lines of text. Node `A` is linked with
 * others that beat as often as it does, 10 ms after it; an echo is 6 ms old when it leaves, so that a round trip takes 4.
 *
 *     up B [via C]        a link is up; again after `renewed`: another connection to the same process
 *     down B [renewed]
 *     way B WAY           what becomes of beats from now on: `well`; `stopped`: it sends and takes none, and counts none;
 *                         `cut`: it sends, and nothing gets through; `mute`: nothing from it; `deaf`: nothing to it
 *     follow B REIGN      the reign that it says it has accepted, as 3.B, or none
 *     run MS              time passes in beats; says what is wanted, but beats only where they take another way than before
 *     beats               one more beat, and what it says
 *     stall MS            this node does not run meanwhile; what comes is not waiting for it afterwards
 *     show                what is known of all peers
 */
import {
  type BeatContent,
  initial,
  invariants,
  type Linked,
  type Output,
  silentMs
} from "../../../src/core/health/State.ts"
import { step } from "../../../src/core/health/Step.ts"
import type { Epoch, PeerId } from "../../../src/protocol/Ids.ts"
import type { ReignRef } from "../../../src/protocol/Reign.ts"

type Way = "well" | "stopped" | "cut" | "mute" | "deaf"

const answersAfterMs = 10
const echoAgeMs = 6

/** Another node, as far as it beats. */
class Other {
  way: Way = "well"
  reign: ReignRef | null = null
  private number = 0
  private heard = 0
  private heardAt = 0

  /** Its answer to a beat of that number; null: none arrives. */
  beat(number: number, now: number): BeatContent | null {
    if (this.way === "stopped") return null
    if (this.way !== "cut" && this.way !== "deaf") {
      this.heard = number
      this.heardAt = now - echoAgeMs
    }
    this.number++
    if (this.way === "cut" || this.way === "mute") return null
    const { heard, heardAt, reign } = this
    return { number: this.number, echo: heard, echoAgeMs: heard === 0 ? 0 : now - heardAt, reign }
  }
}

const nameOf = (reign: ReignRef | null): string => reign === null ? "none" : `${reign.epoch}.${reign.host}`

const reignOf = (name: string): ReignRef | null => {
  if (name === "none") return null
  const [epoch, host] = name.split(".")
  return { epoch: Number(epoch) as Epoch, host: host as PeerId }
}

export class Script {
  readonly options = { beatEveryMs: 50, suspectAfterMs: 250, abandonAfterMs: 2_000 }
  readonly state = initial<Linked>(this.options, null)
  private readonly others = new Map<PeerId, Other>()
  private readonly ways = new Map<PeerId, string>()
  private now = 0
  private said: Array<string> = []

  /** What is said to a command. */
  take(command: string): ReadonlyArray<string> {
    this.said = []
    const [verb, ...words] = command.split(" ")
    const peer = words[0] as PeerId
    switch (verb) {
      case "up":
        if (!this.state.peers.has(peer)) this.others.set(peer, new Other())
        this.feed({ _tag: "up", now: this.now, peer: { peerId: peer, via: (words[2] ?? null) as PeerId | null } })
        break
      case "down":
        this.feed({ _tag: "down", peerId: peer, renewed: words[1] === "renewed" })
        break
      case "way":
        this.others.get(peer)!.way = words[1] as Way
        break
      case "follow":
        this.others.get(peer)!.reign = reignOf(words[1]!)
        break
      case "run":
        for (const end = this.now + Number(words[0]); this.now < end;) this.turn(false)
        break
      case "beats":
        this.turn(true)
        break
      case "stall":
        this.now += Number(words[0])
        this.feed({ _tag: "stalled", endedAt: this.now })
        break
      case "show":
        for (const [id, entry] of this.state.peers) {
          const { reign, rttMs, suspect } = entry
          const silent = silentMs(this.state, entry, this.now)
          this.said.push(
            `${id} ${suspect ? "suspect" : "up"}, silent ${silent}, round trip ${rttMs ?? "?"}, follows ${
              nameOf(reign)
            }`
          )
        }
        break
      default:
        throw new Error(`no such command: ${command}`)
    }
    return this.said
  }

  /** From one beat to the next. */
  private turn(tells: boolean): void {
    const due = this.now + this.options.beatEveryMs
    this.feed({ _tag: "tick", now: this.now }, tells)
    this.now += answersAfterMs
    for (const [from, other] of this.others) {
      const beat = other.beat(this.state.sent, this.now)
      if (beat !== null) this.feed({ _tag: "heard", now: this.now, from, beat }, tells)
    }
    this.now = due
  }

  private feed(input: Parameters<typeof step<Linked>>[1], tells = false): void {
    for (const output of step(this.state, input)) this.tell(output, tells)
    const broken = invariants(this.state)
    if (broken.length > 0) throw new Error(`after ${input._tag} at ${this.now}: ${broken.join("; ")}`)
  }

  private tell(output: Output<Linked>, tells: boolean): void {
    const say = (what: string): unknown => this.said.push(`${this.now} ${what}`)
    switch (output._tag) {
      case "beat": {
        const { beat: { echo, echoAgeMs, number, reign }, to: { peerId }, way } = output
        if (tells) {
          return void say(`to ${peerId} by ${way}: ${number}, echo ${echo} of ${echoAgeMs} ms ago, ${nameOf(reign)}`)
        }
        if (this.ways.get(peerId) !== way) say(`beats to ${peerId} go by ${way}`)
        this.ways.set(peerId, way)
        return
      }
      case "suspected": {
        const deaf = output.deafMs === null ? "" : `, deaf for ${output.deafMs}`
        return void say(`suspected ${output.peerId}, silent for ${output.silentMs}${deaf}`)
      }
      case "reported":
        return void say(`reported ${output.peerId} ${nameOf(output.reign)}`)
      case "recovered":
      case "renew":
      case "abandon":
        return void say(`${output._tag} ${output.peerId}`)
      case "wake":
        if (tells) say(`wakes in ${output.afterMs}`)
    }
  }
}
