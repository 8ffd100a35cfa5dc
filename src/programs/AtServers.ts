/** What every program does that is at a cluster's servers without being a node: options to find them by, and the client. */
import { type Command, Options } from "@effect/cli"
import { Effect, Layer } from "effect"
import { games } from "../games/index.ts"
import * as GameClientRemote from "../layers/clients/GameClientRemote.ts"
import * as ServerListUdp from "../layers/discovery/ServerListUdp.ts"
import * as NodeOptions from "./NodeOptions.ts"
import * as NodeProgram from "./NodeProgram.ts"
import * as OptionChecks from "./OptionChecks.ts"

export const options = {
  cluster: NodeOptions.cluster,
  ip: NodeOptions.ip,
  discoveryPort: NodeOptions.discoveryPort,
  peer: OptionChecks.places("peer").pipe(
    Options.withPseudoName("HOST:PORT"),
    Options.withDescription("a server that broadcast does not reach, and its client port; may be repeated")
  )
}

export type Given = Command.Command.ParseConfig<typeof options>

/** The client, and the game that the servers play; built once one has answered. */
export const client = (given: Given) =>
  Layer.unwrapEffect(
    Effect.map(NodeProgram.ownAddress(given), ({ address }) =>
      GameClientRemote.layer({ address, games }).pipe(
        Layer.provide(ServerListUdp.layer({
          address,
          cluster: given.cluster,
          port: given.discoveryPort,
          servers: given.peer
        }))
      ))
  )

/** What to do where none answers. */
export const advice = "\"hostless serve\" starts one; one that broadcast does not reach is named by --peer."
