/** `GET /api/status` as a service, so that programs and embedders read what the page reads. */
import { Context, type Effect } from "effect"
import type { Status } from "../protocol/Status.ts"

export class NodeStatus extends Context.Tag("hostless/NodeStatus")<
  NodeStatus,
  { readonly status: Effect.Effect<Status> }
>() {}
