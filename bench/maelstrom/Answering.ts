/** Requests of the workload lin-kv, and how each is answered. */
import { Effect } from "effect"
import type { KeyValueError, KeyValueService } from "../../src/services/KeyValue.ts"
import type { RaftLogError } from "../../src/services/RaftLog.ts"
import { type Answer, error, type Request } from "./Protocol.ts"

/** Whatever is asked after `init`. Never fails: what goes wrong is an answer, too. */
export const answer = (store: KeyValueService, request: Exclude<Request, { readonly type: "init" }>) =>
  Effect.catchAllCause(
    Effect.catchAll(carryOut(store, request), (error) => Effect.succeed(refusal(request.type, error))),
    (cause) =>
      Effect.as(
        Effect.logError("a request could not be carried out", cause),
        error("crash", "this should not have happened")
      )
  )

const carryOut = (
  store: KeyValueService,
  request: Exclude<Request, { readonly type: "init" }>
): Effect.Effect<Answer, KeyValueError | RaftLogError> => {
  switch (request.type) {
    case "read":
      return Effect.map(store.read(request.key), (value) => ({ type: "read_ok", value }))
    case "write":
      return Effect.as(store.write(request.key, request.value), { type: "write_ok" })
    case "cas": {
      const { create_if_not_exists: create = false, from, key, to } = request
      return Effect.as(store.compareAndSet(key, from, to, { create }), { type: "cas_ok" })
    }
  }
}

const refusal = (type: Request["type"], { detail, reason }: KeyValueError | RaftLogError): Answer => {
  switch (reason) {
    case "no-such-key":
      return error("keyDoesNotExist", detail)
    case "mismatch":
      return error("preconditionFailed", detail)
    case "full":
    case "too-large":
      return error("abort", detail)
    case "busy":
    case "unavailable":
      return error("temporarilyUnavailable", detail)
    case "unknown-outcome":
      return error("timeout", detail)
    default:
      // A read that did not come off has changed nothing.
      return error(type === "read" ? "temporarilyUnavailable" : "crash", detail)
  }
}
