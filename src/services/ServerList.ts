/** The servers that take thin clients, as far as a program that is no node knows them. */
import { Context, Data, type Effect } from "effect"
import type { Place } from "./Discovery.ts"

/** No servers can be looked for. `detail` says why, and what to do. */
export class ServerListError extends Data.TaggedError("ServerListError")<{ readonly detail: string }> {}

export interface Servers {
  /** Where they take thin clients: those heard of lately, and those that were given by hand. */
  readonly places: Effect.Effect<ReadonlyArray<Place>>
  /** A server has told of these, itself among them: they are known as long as somebody tells of them now and then. */
  readonly learn: (places: ReadonlyArray<Place>) => Effect.Effect<void>
}

export class ServerList extends Context.Tag("hostless/ServerList")<ServerList, Servers>() {}
