/** A thin client of a simulated cluster of servers, with a bot that plays by way of it. */
import { Effect, Layer, Stream } from "effect"
import type { AnyGame } from "../games/Game.ts"
import * as VirtualClients from "../layers/virtual/VirtualClients.ts"
import { mainRoom } from "../protocol/Ids.ts"
import { GameClient, type ShownView } from "../services/GameClient.ts"
import { play, type ProcessObserver, type ProcessOptions, SimulatedProcess } from "./SimulatedProcess.ts"

export interface PlayerObserver extends ProcessObserver {
  readonly showed: (player: SimulatedPlayer, shown: ShownView) => void
}

export interface Options extends ProcessOptions {
  readonly observer: PlayerObserver
  readonly game: AnyGame
  readonly cluster: string
}

export class SimulatedPlayer extends SimulatedProcess {
  constructor(private readonly options: Options) {
    super(options)
  }

  protected override main() {
    return Effect.raceFirst(
      // It waits for servers as long as it takes.
      Effect.flatMap(this.connect(), (context) => Effect.provide(this.life(), context)),
      this.asksToLeave
    )
  }

  private connect() {
    const { cluster, game, lan, peerId } = this.options
    return Effect.orDie(
      Layer.build(VirtualClients.layer(lan, { machine: peerId, cluster, games: { [game.name]: game } }))
    )
  }

  private life() {
    const { name, observer, peerId } = this.options
    return Effect.gen(this, function*() {
      this.runs()
      const client = yield* GameClient
      yield* Effect.forkScoped(
        Stream.runForEach(client.notices, (notice) => Effect.sync(() => observer.noticed(this, notice)))
      )
      yield* Effect.forkScoped(
        Stream.runForEach(client.watch(mainRoom), (shown) => Effect.sync(() => observer.showed(this, shown)))
      )
      yield* play({
        profile: { name: `${name}-0`, color: `#${peerId.slice(0, 6)}` },
        record: (record) => observer.played(this, 0, record)
      })
    })
  }
}
