/** Promise 2, and what screens may see at all. */
import { majority } from "../../core/raft/Quorum.ts"
import * as Room from "../../core/Room.ts"
import { equals } from "../../protocol/Reign.ts"
import type { Known } from "./Known.ts"
import { headOf } from "./Logs.ts"
import { Setbacks } from "./Setbacks.ts"
import { isLossless, type World } from "./World.ts"

/** What was lost may be on its way for so long after the last fault. */
const calmMs = 5_000
/** Who follows a host undisturbed for so long holds what that shows. */
const followingMs = 1_500

export class ScreenOracle {
  readonly setbacks = new Setbacks(() => this.world.nowMs())

  constructor(private readonly world: World) {}

  lost(known: Known): void {
    const { node } = known
    this.setbacks.lost(node)
    if (isLossless(this.world, known)) this.world.fail("2", `${node.name} lost what it was shown`)
  }

  /** `known.shown` is still the one before; `known.state` is the newest. */
  shown(known: Known, shown: Room.RoomState): void {
    const { shown: before } = known
    if (before !== null) this.compare(known, before, shown)
    if (known.standing?.role === "host" && equals(known.standing.reign, shown.reign)) this.held(known, shown)
    else this.ordered(known, shown)
  }

  /** What a follower shows is part of its host's log. */
  private ordered({ node, reignedAtMs, standing }: Known, shown: Room.RoomState): void {
    if (standing?.role !== "peer" || standing.reign === null) return
    // It may have shown this first, and then, within the same moment, accepted the reign.
    if (reignedAtMs === this.world.nowMs()) return
    const host = this.world.known.get(standing.reign.host)
    if (host === undefined || host.state === null || !equals(host.standing?.reign ?? null, standing.reign)) return
    // The host's state is as of the last look, if it went on since.
    if (!equals(host.state.reign, standing.reign) || shown.seq > host.state.seq || Room.contains(host.state, shown)) {
      return
    }
    this.world.fail("seen", `${node.name} shows ${headOf(shown)}, which is no part of its host's ${headOf(host.state)}`)
  }

  private compare(known: Known, before: Room.RoomState, shown: Room.RoomState): void {
    const { node } = known
    const what = shown.clock < before.clock
      ? `its clock from ${before.clock} to ${shown.clock}`
      : setBack(before, shown)
    if (what === null) return
    if (isLossless(this.world, known)) this.world.fail("2", `a screen of ${node.name} saw ${what}`)
    else this.setbacks.saw(node, what)
  }

  /** What a host shows must be held by another, or by a majority. */
  private held(known: Known, shown: Room.RoomState): void {
    const { world } = this
    const holds = (other: Known) => other.state !== null && Room.contains(other.state, shown)
    if (world.quorum) {
      const { members } = known.standing!.reign!
      const holding = members.filter((id) => {
        const member = world.known.get(id)
        return member !== undefined && holds(member)
      })
      if (holding.length < majority(members.length)) {
        world.fail(
          "seen",
          `${known.node.name} shows ${headOf(shown)}, which ${holding.length} of ${members.length} hold`
        )
      }
      return
    }
    if (world.disturbances.calmMs() < calmMs || world.nowMs() - known.reignedAtMs < followingMs) return
    const followers = world.alive().filter((other) =>
      other !== known && equals(other.standing?.reign ?? null, shown.reign) && other.standing?.role === "peer"
      && world.nowMs() - other.reignedAtMs >= followingMs
    )
    const others = [...world.known.values()].filter((other) => other !== known)
    if (followers.length > 0 && !others.some(holds)) {
      world.fail("seen", `${known.node.name} shows ${headOf(shown)}, which nobody else holds`)
    }
  }
}

const setBack = (before: Room.RoomState, shown: Room.RoomState): string | null => {
  for (const seat of before.seats) {
    const now = shown.seats.find((one) => one.seat === seat.seat && one.tokenHash === seat.tokenHash)
    if (now !== undefined && now.lastInput < seat.lastInput) {
      return `the acknowledgement of seat ${seat.seat} from ${seat.lastInput} to ${now.lastInput}`
    }
  }
  return null
}
