/** Promise 2 at thin clients: their screens outlive the servers by way of which they see. */
import { equals, type Reign, type ReignRef } from "../../protocol/Reign.ts"
import type { ShownView } from "../../services/GameClient.ts"
import type { SimulatedPlayer } from "../SimulatedPlayer.ts"
import type { Known } from "./Known.ts"
import { Setbacks } from "./Setbacks.ts"
import type { World } from "./World.ts"

/** What a screen was shown last. */
interface Sight {
  readonly shown: ShownView
  readonly line: ReignRef | null
  readonly atMs: number
  /** The nodes that held it by then. */
  readonly holders: ReadonlyArray<Known>
}

/** The line of the reign in which something was shown; null where more than one had this epoch. */
export const lineOf = (reigns: ReadonlyArray<Reign>): ReignRef | null => reigns.length === 1 ? reigns[0]!.root : null

/** Whether what was held by these nodes at that time must still be there. */
export const isKept = (
  { memory, quorum, silenced }: World,
  { atMs, holders, line }: Pick<Sight, "atMs" | "holders" | "line">
): boolean => quorum ? line !== null && memory.holds(line, atMs) : !silenced() && holders.some(({ node }) => node.isUp)

export class ThinScreenOracle {
  private readonly sights = new Map<SimulatedPlayer, Sight>()
  readonly setbacks = new Setbacks(() => this.world.nowMs())

  constructor(private readonly world: World) {}

  showed(player: SimulatedPlayer, shown: ShownView): void {
    const { world } = this
    const { epoch, view } = shown
    const line = lineOf(world.reignsOf(epoch))
    const before = this.sights.get(player)
    const holders = world.alive().filter(({ standing, state }) =>
      state !== null && state.seq >= view.seq && equals(standing?.reign?.root ?? null, line)
    )
    this.sights.set(player, { shown, line, atMs: world.nowMs(), holders })
    if (before === undefined) return
    const what = setBack(before.shown, shown)
    if (what === null) return
    const sameLine = !world.quorum || equals(before.line, line)
    if (sameLine && isKept(world, before)) world.fail("2", `a screen of ${player.name} saw ${what}`)
    else this.setbacks.saw(player, what)
  }
}

const setBack = ({ view: before }: ShownView, { view }: ShownView): string | null => {
  if (view.clock < before.clock) return `its clock from ${before.clock} to ${view.clock}`
  for (const [seat, [number]] of Object.entries(before.acks)) {
    const now = view.acks[seat]
    const samePlayer = view.seats[seat]?.profile.name === before.seats[seat]?.profile.name
    if (now !== undefined && samePlayer && now[0] < number) {
      return `the acknowledgement of seat ${seat} from ${number} to ${now[0]}`
    }
  }
  return null
}
