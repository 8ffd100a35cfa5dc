/** What a leader sees to: that its reign is in the log, that there is a room, and who is missing. Synchronous. */
import type { RoomState } from "../../core/Room.ts"
import type { Wish } from "../../protocol/Committed.ts"
import { mainRoom, type PeerId, type RoomId } from "../../protocol/Ids.ts"
import { equals, type ReignCause, type ReignRef } from "../../protocol/Reign.ts"
import type { ClusterSettings } from "../../services/ClusterConfig.ts"
import { absentAfterMs, emptyRoomMs } from "../ticking/Ordering.ts"

/** What the leader knows. Times are monotonic milliseconds. */
export interface Scene {
  readonly self: PeerId
  readonly reign: ReignRef
  readonly cause: ReignCause
  /** The newest reign that is committed. */
  readonly committed: ReignRef | null
  readonly rooms: ReadonlyMap<RoomId, RoomState>
  /** Of peers that a link is up with. */
  readonly health: ReadonlyMap<PeerId, { readonly state: "up" | "suspect" }>
  readonly nowMs: number
  readonly seed: number
}

type Care = Exclude<Wish, { readonly _tag: "inputs" }>

export class Caretaker {
  /** Since when something has been so, by what it is. */
  private since = new Map<string, number>()

  constructor(private readonly config: Pick<ClusterSettings, "seatKeptMs">) {}

  /** What is to be wished now; asked for again and again, until it is so. */
  look(scene: Scene): ReadonlyArray<Care> {
    const { cause, committed, reign, rooms, seed } = scene
    const wishes: Array<Care> = []
    if (!equals(committed, reign)) wishes.push({ _tag: "reigns", reign, cause })
    if (!rooms.has(mainRoom)) wishes.push({ _tag: "open", room: mainRoom, seed })
    const since = new Map<string, number>()
    /** For how long this has been so. */
    const age = (what: string): number => {
      const from = this.since.get(what) ?? scene.nowMs
      since.set(what, from)
      return scene.nowMs - from
    }
    wishes.push(...this.absent(scene, age), ...this.over(scene, age))
    this.since = since
    return wishes
  }

  /** This node does not lead. */
  rest(): void {
    this.since.clear()
  }

  private absent({ health, reign, rooms, self }: Scene, age: (what: string) => number): ReadonlyArray<Care> {
    const nodes = new Set<PeerId>()
    for (const { seats } of rooms.values()) {
      for (const { awaySince, node } of seats) if (awaySince === null) nodes.add(node)
    }
    return [...nodes].filter((node) => {
      const state = node === self ? "up" : health.get(node)?.state ?? "gone"
      return state !== "up" && age(`absent ${node}`) >= (state === "gone" ? 0 : absentAfterMs)
    }).map((node) => ({ _tag: "absent", reign, node }))
  }

  private over({ reign, rooms }: Scene, age: (what: string) => number): ReadonlyArray<Care> {
    const wishes: Array<Care> = []
    for (const { room, seats } of rooms.values()) {
      for (const { awaySince, seat } of seats) {
        if (awaySince === null || age(`away ${room} ${seat}`) < this.config.seatKeptMs) continue
        wishes.push({ _tag: "release", reign, room, seat })
      }
      if (room === mainRoom || seats.length > 0 || age(`empty ${room}`) < emptyRoomMs) continue
      wishes.push({ _tag: "close", reign, room })
    }
    return wishes
  }
}
