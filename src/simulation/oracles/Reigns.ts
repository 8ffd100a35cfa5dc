/** Promise 1, what makes a reign, who may take over from whom, and how long a node may be without a host. */
import { majority } from "../../core/raft/Quorum.ts"
import type { PeerId } from "../../protocol/Ids.ts"
import { equals, type Reign, type ReignRef } from "../../protocol/Reign.ts"
import type { Standing } from "../../services/Election.ts"
import { keyOf, type Known } from "./Known.ts"
import type { World } from "./World.ts"

/** A host that was well for so long, and hosted for so long, is not to be taken over. */
const wellMs = 5_000
/** A host that was in reach for so long is seen. */
const reachedMs = 1_500
/** Followers are counted in a heal once they have not changed for so long. */
const countedMs = 1_500
/** Whoever has lost its host has another within this time, even where the peers that it asks do not answer. */
const hostWithinMs = 2_000
/** Only once the network has been whole for so long: a host may be seen only by way of two others. */
const wholeMs = 500

/** For so long it may be on its way that somebody who leaves has accepted a reign. */
const leavesMs = 500

export class ReignOracle {
  /** What each node has accepted, across restarts with the same id. */
  private readonly accepted = new Map<PeerId, Reign>()
  /** Who has ever accepted a reign, by epoch and host. */
  private readonly supporters = new Map<string, Set<PeerId>>()

  /** Who began a reign, by the line that it is of and its epoch. */
  private readonly hosts = new Map<string, PeerId>()

  constructor(private readonly world: World) {}

  /** Before the standing is written down. */
  stood(known: Known, standing: Standing): void {
    const { reign } = standing
    if (reign === null) return
    const { peerId } = known.node
    const before = this.accepted.get(peerId) ?? null
    this.order(known, before, reign)
    this.accepted.set(peerId, reign)
    const supporters = this.supporters.get(keyOf(reign)) ?? new Set()
    this.supporters.set(keyOf(reign), supporters.add(peerId))
    if (this.world.quorum && !equals(before, reign)) {
      if (before !== null) this.line(known, before, standing)
      if (this.world.election === "raft") this.unique(known, reign)
      else if (reign.host === peerId && !equals(reign, reign.root)) this.counted(known, reign, supporters)
    }
    const bySilence = standing.cause === "crash" || standing.cause === "silence"
    // By Raft a majority elects the host of all, whomever the others see.
    const alone = this.world.election === "bully"
    if (alone && standing.role === "peer" && before !== null && !equals(before, reign) && bySilence) {
      this.deserts(known, before)
    }
    if (standing.role === "host" && !equals(before, reign)) {
      if (bySilence) this.takeover(known, reign)
      if (standing.cause === "heal" && standing.over.length >= 2) this.heal(known, standing.over)
    }
  }

  /**
   * Without a quorum somebody hosts, if only this node for itself. On a broken network that takes as long as it takes.
   */
  waits(known: Known): void {
    const { disturbances, fail, nowMs } = this.world
    const { isUp, name, process, slot } = known.node
    const broken = disturbances.calmMs((scope) => scope === "cuts" || scope === "cables") < wholeMs
    const hindered = !process.isRunning || broken || disturbances.lasts(slot) || this.isHeldUp()
    if (!isUp || hindered || (known.standing !== null && known.standing.role !== "electing")) {
      known.hostedAtMs = nowMs()
    } else if (nowMs() - known.hostedAtMs > hostWithinMs) {
      fail("elects", `${name} has had no host for ${hostWithinMs} ms`)
    }
  }

  /** Somebody follows a host whose machine stands still in part: it beats, and nobody else can tell (docs/guarantees). */
  private isHeldUp(): boolean {
    const { disturbances, known } = this.world
    return this.world.alive().some(({ standing }) => {
      const host = standing?.role !== "peer" ? undefined : known.get(standing.reign!.host)
      return host !== undefined && disturbances.lasts(host.node.slot)
    })
  }

  private order({ node }: Known, before: Reign | null, reign: Reign): void {
    if (before === null) return
    if (reign.epoch < before.epoch) {
      this.world.fail("1", `${node.name} went back from epoch ${before.epoch} to ${reign.epoch}`)
    } else if (reign.epoch === before.epoch && reign.host !== before.host) {
      this.world.fail("1", `${node.name} accepted two hosts in epoch ${reign.epoch}`)
    }
  }

  /** With a quorum, whoever leaves one line of reigns for another does so by its host's consent. */
  private line({ node }: Known, before: Reign, { over, reign }: Standing): void {
    if (reign === null || equals(before.root, reign.root)) return
    // A newcomer that its group has forgotten before it had a vote there may look for another.
    if (this.world.election === "raft" && !before.members.includes(node.peerId)) return
    const asked = before.host === node.peerId || before.members.includes(reign.host)
    // The host itself is of the other line by now.
    const gone = equals(this.accepted.get(before.host)?.root ?? null, reign.root)
    const consented = asked || gone || over.some((ended) => equals(ended, before))
    if (!consented) {
      this.world.fail("majority", `${node.name} left epoch ${before.epoch} for epoch ${reign.epoch} of another line`)
    }
  }

  /** By Raft the whole group has one host per epoch, not only each node: its members have voted before anybody hosts. */
  private unique({ node }: Known, { epoch, host, root }: Reign): void {
    const key = `${keyOf(root)} ${epoch}`
    const first = this.hosts.get(key) ?? host
    this.hosts.set(key, first)
    if (first !== host) this.world.fail("1", `${node.name} follows ${host} in epoch ${epoch}, and others ${first}`)
  }

  private counted({ node }: Known, reign: Reign, supporters: ReadonlySet<PeerId>): void {
    // Who leaves may accept it with its last words, of which nobody is told here.
    const leaves = (id: PeerId) =>
      this.world.nowMs() - (this.world.known.get(id)?.leavesSinceMs ?? -Infinity) < leavesMs
    const votes = reign.members.filter((id) => supporters.has(id) || leaves(id)).length
    if (votes >= majority(reign.members.length)) return
    this.world.fail(
      "majority",
      `${node.name} began epoch ${reign.epoch}, which ${votes} of ${reign.members.length} members have accepted`
    )
  }

  private takeover(known: Known, reign: Reign): void {
    const { world } = this
    // That it stood still itself is no reason either.
    const calmMs = world.disturbances.calmMs((scope) => scope !== known.node.slot)
    if (calmMs < wellMs) return
    const well = world.alive().find((other) =>
      other !== known && other.standing?.role === "host" && other.node.state === "running"
      && other.node.process.isRunning && world.nowMs() - other.reignedAtMs >= wellMs
    )
    if (well === undefined) return
    world.fail(
      "takeover",
      `${known.node.name} began reign ${reign.epoch} although ${well.node.name} hosted, and nothing was wrong for ${
        Math.round(calmMs)
      } ms`
    )
  }

  /** Who sees its host well does not follow somebody who has lost it. */
  private deserts(known: Known, before: Reign): void {
    const { world } = this
    const host = world.known.get(before.host)
    if (host === undefined || host === known || host.standing?.role !== "host") return
    if (!equals(host.standing.reign, before) || host.node.state !== "running" || !host.node.process.isRunning) return
    const [one, other] = [known.node.slot, host.node.slot]
    const calmMs = Math.min(
      world.nowMs() - host.reignedAtMs,
      world.cables().wholeForMs(one, other),
      world.disturbances.calmMs((scope) =>
        scope !== "cuts" && (typeof scope !== "number" || scope === one || scope === other)
      )
    )
    if (calmMs < reachedMs) return
    world.fail(
      "takeover",
      `${known.node.name} left ${host.node.name}, which hosted and was in reach for ${Math.round(calmMs)} ms`
    )
  }

  private heal(known: Known, over: ReadonlyArray<ReignRef>): void {
    const { world } = this
    if (!world.disturbances.hasJustHealed(countedMs)) return
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
