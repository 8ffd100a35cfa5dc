/** This node's page for people: HTTP for the client's files, the status and the metrics, WebSocket for play. */
import { Context, Data, type Effect } from "effect"
import type { PageSocket } from "./PageServer.ts"

export class GatewayError extends Data.TaggedError("GatewayError")<{
  readonly reason: "port" | "address"
  readonly detail: string
}> {}

export interface Gateway extends Pick<PageSocket, "page" | "sharedPage"> {
  /** How many screens are connected. */
  readonly screens: Effect.Effect<number>
  /** What screens sent that no schema takes. */
  readonly rejected: Effect.Effect<number>
}

export class WebGateway extends Context.Tag("hostless/WebGateway")<WebGateway, Gateway>() {}
