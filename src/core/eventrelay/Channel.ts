/** A channel of the event relay and its clients, as the relay's fold knows them. */
import { type ClientId, historyBytesMax, historyEventsMax } from "../../protocol/EventRelay.ts"
import type { KindGate } from "./KindGate.ts"
import { Recent } from "./Recent.ts"

/** `new`: has said nothing so far. `listener`: neither has it, but gets what is sent on the default channel. */
export type Stage = "new" | "listener" | "plain" | "member" | "over"

/** A connection, from the first to the last moment. */
export interface Client {
  readonly id: ClientId
  readonly since: number
  stage: Stage
  name: string | null
  channel: Channel | null
  heartbeat: boolean
  heardAtMs: number
  askedAtMs: number
  refusedLines: number
  /** Null before it sent something of a kind. */
  gate: KindGate<unknown> | null
}

export class Channel {
  /** In the order in which they came. */
  readonly clients = new Set<Client>()
  readonly recent = new Recent(historyEventsMax, historyBytesMax)
  seq = 0
  /** Those that have said something; listeners come and go unheard. */
  speaking = 0

  constructor(readonly name: string, public perSecond: number) {}
}
