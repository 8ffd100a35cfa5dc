/** A node of a simulated cluster: the real services on a virtual LAN, with bots that play at it. */
import { Context, Effect, Layer, Stream } from "effect"
import type { HeldRooms } from "../core/RoomStore.ts"
import * as VirtualNode from "../layers/virtual/VirtualNode.ts"
import { Election, type Standing } from "../services/Election.ts"
import { GameClient } from "../services/GameClient.ts"
import { GameServer } from "../services/GameServer.ts"
import { RoomOrdering } from "../services/RoomOrdering.ts"
import { play, type ProcessObserver, type ProcessOptions, SimulatedProcess } from "./SimulatedProcess.ts"

export interface NodeObserver extends ProcessObserver {
  readonly stood: (node: SimulatedNode, standing: Standing) => void
}

type Layers = Parameters<typeof VirtualNode.layerOf>[1]

export interface Options extends ProcessOptions, Layers {
  readonly observer: NodeObserver
  /** How many play at it. */
  readonly bots: number
  /** Whether it takes thin clients. */
  readonly serves: boolean
}

export class SimulatedNode extends SimulatedProcess {
  /** Null until its layers are built. */
  store: HeldRooms | null = null

  constructor(private readonly options: Options) {
    super(options)
  }

  protected override main() {
    const { lan, serves } = this.options
    const layer: Layer.Layer<VirtualNode.TickServices> = serves
      ? VirtualNode.serverLayerOf(lan, this.options)
      : VirtualNode.layerOf(lan, this.options)
    return Effect.gen(this, function*() {
      const context = yield* Layer.build(layer)
      this.store = Context.get(context, RoomOrdering).store
      this.runs()
      yield* Effect.provide(this.life(), context)
    })
  }

  private life() {
    const { bots, name, observer, peerId } = this.options
    const bot = (number: number) =>
      play({
        profile: { name: `${name}-${number}`, color: `#${peerId.slice(0, 6)}` },
        record: (record) => observer.played(this, number, record)
      })
    return Effect.gen(this, function*() {
      yield* (yield* Election).watch((standing) => Effect.sync(() => observer.stood(this, standing)))
      const { notices } = yield* GameClient
      yield* Effect.forkScoped(
        Stream.runForEach(notices, (notice) => Effect.sync(() => observer.noticed(this, notice)))
      )
      // The players leave before the node hands over.
      yield* Effect.scoped(Effect.gen(this, function*() {
        for (let number = 0; number < bots; number++) yield* Effect.forkScoped(bot(number))
        yield* this.asksToLeave
      }))
      yield* (yield* GameServer).retire
    })
  }
}
