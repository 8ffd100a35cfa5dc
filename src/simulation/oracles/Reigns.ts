/** Promise 1, and who may take over from whom. */
import type { PeerId } from "../../protocol/Ids.ts"
import { equals, type Reign, type ReignRef } from "../../protocol/Reign.ts"
import type { Standing } from "../../services/Election.ts"
import type { Known, World } from "./World.ts"

/** A host that was well for so long, and hosted for so long, is not to be taken over. */
const wellMs = 5_000
/** Followers are counted in a heal once they have not changed for so long. */
const countedMs = 1_500

export class ReignOracle {
  /** What each node has accepted, across restarts with the same id. */
  private readonly accepted = new Map<PeerId, Reign>()

  constructor(private readonly world: World) {}

  /** Before the standing is written down. */
  stood(known: Known, standing: Standing): void {
    const { reign } = standing
    if (reign === null) return
    const { peerId } = known.node
    const before = this.accepted.get(peerId) ?? null
    this.order(known, before, reign)
    this.accepted.set(peerId, reign)
    if (standing.role === "host" && !equals(before, reign)) {
      if (standing.cause === "crash" || standing.cause === "silence") this.takeover(known, reign)
      if (standing.cause === "heal" && standing.over.length >= 2) this.heal(known, standing.over)
    }
  }

  private order({ node }: Known, before: Reign | null, reign: Reign): void {
    if (before === null) return
    if (reign.epoch < before.epoch) {
      this.world.fail("1", `${node.name} went back from epoch ${before.epoch} to ${reign.epoch}`)
    } else if (reign.epoch === before.epoch && reign.host !== before.host) {
      this.world.fail("1", `${node.name} accepted two hosts in epoch ${reign.epoch}`)
    }
  }

  private takeover(known: Known, reign: Reign): void {
    const { world } = this
    if (world.calmMs() < wellMs) return
    const well = world.alive().find((other) =>
      other !== known && other.standing?.role === "host" && other.node.state === "running"
      && other.node.process.isRunning && world.nowMs() - other.reignedAtMs >= wellMs
    )
    if (well === undefined) return
    world.fail(
      "takeover",
      `${known.node.name} began reign ${reign.epoch} although ${well.node.name} hosted, and nothing was wrong for ${
        Math.round(world.calmMs())
      } ms`
    )
  }

  private heal(known: Known, over: ReadonlyArray<ReignRef>): void {
    const { world } = this
    if (world.calmMs() < countedMs) return
    const mine = over.find((ended) => ended.host === known.node.peerId)
    const other = over.find((ended) => ended.host !== known.node.peerId)
    if (mine === undefined || other === undefined) return
    const followers = (ended: ReignRef) => world.alive().filter((one) => equals(one.standing?.reign ?? null, ended))
    const [ours, theirs] = [followers(mine), followers(other)]
    const all = [...ours, ...theirs]
    if (all.some((one) => world.nowMs() - one.reignedAtMs < countedMs)) return
    const seated = theirs.some((one) => one.state?.seats.some((seat) => seat.awaySince === null))
    // This host's own entry has the new reign only after this.
    if (seated && theirs.length > ours.length) {
      world.fail(
        "healing",
        `${known.node.name} goes on with ${ours.length} of its reign, over ${theirs.length} of ${other.host}'s`
      )
    }
  }
}
