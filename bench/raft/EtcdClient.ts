/**
 * A client of etcd's: `Put` over gRPC, all calls of a connection at once. Over node:http2 itself, since that spends less
 * on a call than any client for gRPC that is built on it, and etcd less than on its gateway for JSON.
 */
import { Effect, type Scope } from "effect"
import * as Http2 from "node:http2"
import { BenchError } from "../../src/programs/bench/NodeProcess.ts"
import { framed, putRequest } from "./Grpc.ts"
import type { Propose } from "./Load.ts"

const headers = {
  ":method": "POST",
  ":path": "/etcdserverpb.KV/Put",
  "content-type": "application/grpc",
  te: "trailers"
}
/** A command's key: its first bytes, which tell the proposer. */
const keyBytes = 4

const failed = (detail: string) => Effect.fail(new BenchError({ detail: `etcd has not taken a command: ${detail}.` }))

/** Open with the scope. */
export const connect = (url: string): Effect.Effect<Propose, BenchError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.async<Http2.ClientHttp2Session, BenchError>((resume) => {
      const session = Http2.connect(url)
      session.once("connect", () => resume(Effect.succeed(session)))
      session.once("error", (error) => resume(failed(error.message)))
    }),
    (session) => Effect.sync(() => session.destroy())
  ).pipe(Effect.map((session) => (command) =>
    Effect.async((resume) => {
      const call = session.request(headers)
      let status: unknown
      call.on("trailers", (trailers) => status = trailers["grpc-status"])
      call.on("response", (response) => status = response["grpc-status"])
      call.on("error", (error) => resume(failed(error.message)))
      call.on("end", () => resume(status === "0" ? Effect.void : failed(`its status is ${status}`)))
      call.resume()
      call.end(framed(putRequest(command.subarray(0, keyBytes), command)))
    })
  ))
