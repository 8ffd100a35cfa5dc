/** Who hosts. At most one host per epoch is accepted, and the accepted reign never goes back. */
import { Context, type Effect, type Stream } from "effect"
import type { Standing } from "../core/group/Electing.ts"
import type { HandOver, Weight } from "../protocol/Bully.ts"
import type { Cut } from "../protocol/Event.ts"
import type { PeerId } from "../protocol/Ids.ts"
import type { ReignRef } from "../protocol/Reign.ts"
import type { ElectionStatus } from "../protocol/Status.ts"
import type { Watch } from "./Watch.ts"

/**
 * `host`: this node hosts. `peer`: it follows one. `electing`: nobody it knows of hosts, or it must ask its peers first
 * (after a stall), or it has handed over and waits for its successor.
 */
export type Role = Standing["role"]

export type { Standing } from "../core/group/Electing.ts"

/** What the election asks of whoever orders events: to hand over to a peer, if that has caught up. */
export interface HandOverWish {
  readonly to: PeerId
}

export interface ElectionService {
  readonly standing: Effect.Effect<Standing>
  /** The same, for whoever decides by it and acts in one step, with nothing in between. */
  readonly now: () => Standing
  /** Starts with the present one; in order, none missing. */
  readonly changes: Stream.Stream<Standing>
  /** The same. */
  readonly watch: Watch<Standing>
  /** A higher node is there for long enough: the host should hand over. Said again until it happens. */
  readonly wishes: Stream.Stream<HandOverWish>
  /**
   * On the host: names a successor that has all events up to the cuts. True: this node no longer hosts when it returns,
   * and if the successor does not take over in time, it claims a higher reign by itself. False: nothing has changed, since
   * that peer is gone.
   */
  readonly handOver: (to: PeerId, cuts: ReadonlyArray<Cut>) => Effect.Effect<boolean>
  /** Offers to this node to take over, made by its host. Accept with `takeOver` once all cuts are folded here. */
  readonly offers: Stream.Stream<Pick<typeof HandOver.Type, "reign" | "cuts">>
  readonly takeOver: (over: ReignRef) => Effect.Effect<void>
  /** What this node's reign would weigh when a split heals; kept up to date by whoever folds the rooms. */
  readonly weigh: (weigh: () => Pick<Weight, "seated" | "seq">) => Effect.Effect<void>
  /**
   * While this node hosts: who holds all that screens may have been shown before this reign began, itself included; nobody
   * as long as that is not known. Kept up to date by whoever orders events.
   */
  readonly holders: (holders: () => ReadonlySet<PeerId>) => Effect.Effect<void>
  /** For people: how this node's host is elected. */
  readonly status: Effect.Effect<ElectionStatus>
}

export class Election extends Context.Tag("hostless/Election")<Election, ElectionService>() {}
