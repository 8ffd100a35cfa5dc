/**
 * The protocol of the Maelstrom workbench (jepsen-io/maelstrom, doc/protocol.md and doc/workloads.md, "lin-kv"): one JSON
 * object a line. Bodies may have more fields than are told here.
 */
import { Either, ParseResult, Schema } from "effect"
import { Json } from "../../src/protocol/KeyValue.ts"
import { checkJson, fromJson } from "../../src/protocol/PlainData.ts"
import { decoder } from "../../src/protocol/Validation.ts"

/** The longest line that is read, in bytes. */
export const lineBytesMax = 4 * 1024 * 1024
/** The most nodes of a cluster. */
export const nodesMax = 64

/** What a node or a client is called: `n1`, `c12`. */
export const Name = Schema.String.pipe(Schema.minLength(1), Schema.maxLength(64))

const MessageId = Schema.Int

export const Envelope = Schema.Struct({
  src: Name,
  dest: Name,
  body: Schema.Struct(
    { type: Schema.String, msg_id: Schema.optional(MessageId), in_reply_to: Schema.optional(MessageId) },
    Schema.Record({ key: Schema.String, value: Schema.Unknown })
  )
})
export type Envelope = typeof Envelope.Type

const request = { msg_id: Schema.optional(MessageId) }

/** The first message to a node: who it is, and who there is, itself included. */
export const Init = Schema.Struct({
  ...request,
  type: Schema.Literal("init"),
  node_id: Name,
  node_ids: Schema.Array(Name).pipe(Schema.minItems(1), Schema.maxItems(nodesMax))
}).pipe(Schema.filter(({ node_id, node_ids }) => node_ids.includes(node_id) || "node_ids does not have node_id"))
export type Init = typeof Init.Type

export const Read = Schema.Struct({ ...request, type: Schema.Literal("read"), key: Json })
export const Write = Schema.Struct({ ...request, type: Schema.Literal("write"), key: Json, value: Json })
export const Cas = Schema.Struct({
  ...request,
  type: Schema.Literal("cas"),
  key: Json,
  from: Json,
  to: Json,
  create_if_not_exists: Schema.optional(Schema.Boolean)
})

const requests = { init: Init, read: Read, write: Write, cas: Cas }
type RequestType = keyof typeof requests
export type Request = (typeof requests)[RequestType]["Type"]

/** What nodes of ours tell each other: `frame` is that of a link, a pair of conversation and message. */
export const peerType = "hostless"

/** What a request is answered with, but for its `in_reply_to`. */
export type Answer =
  | { readonly type: "init_ok" | "write_ok" | "cas_ok" }
  | { readonly type: "read_ok"; readonly value: Json }
  | { readonly type: "error"; readonly code: number; readonly text: string }

/** `timeout` and `crash` leave open whether the request took effect, or yet will; after the others it never does. */
export const codes = {
  timeout: 0,
  notSupported: 10,
  temporarilyUnavailable: 11,
  malformedRequest: 12,
  crash: 13,
  abort: 14,
  keyDoesNotExist: 20,
  preconditionFailed: 22
} as const

export const error = (code: keyof typeof codes, text: string): Answer => ({ type: "error", code: codes[code], text })

/** Why a line is no message, and to whom that can be said, if to anybody. */
export interface Malformed {
  readonly detail: string
  readonly request: { readonly src: string; readonly dest: string; readonly body: { readonly msg_id: number } } | null
}

const decodeEnvelope = decoder(Envelope)
const isName = Schema.is(Name)
const isMessageId = Schema.is(MessageId)
const fromUtf8 = new TextDecoder("utf-8", { fatal: true })

/** A line as a message. Nested no deeper than `depthMax` of the frames. */
export const parse = (line: Uint8Array): Either.Either<Envelope, Malformed> => {
  let value: unknown
  try {
    checkJson(line)
    value = fromJson(fromUtf8.decode(line))
  } catch (error) {
    return Either.left({ detail: `not JSON: ${error instanceof Error ? error.message : "?"}`, request: null })
  }
  return Either.mapLeft(decodeEnvelope(value), (error) => ({ detail: brief(error), request: whatIsKnownOf(value) }))
}

const whatIsKnownOf = (value: unknown): Malformed["request"] => {
  const { body, dest, src } = Object(value) as Readonly<Record<string, unknown>>
  const { msg_id } = Object(body) as Readonly<Record<string, unknown>>
  return isName(src) && isName(dest) && isMessageId(msg_id) ? { src, dest, body: { msg_id } } : null
}

const decoders = Object.fromEntries(
  Object.entries(requests).map(([type, schema]) => [type, decoder(schema as Schema.Schema<Request>)])
) as Readonly<Record<RequestType, (value: unknown) => Either.Either<Request, ParseResult.ParseError>>>

const isRequestType = (type: string): type is RequestType => Object.hasOwn(requests, type)

/** A body as a request, or the error that answers it. */
export const requestOf = (body: Envelope["body"]): Either.Either<Request, Answer> =>
  isRequestType(body.type)
    ? Either.mapLeft(decoders[body.type](body), (cause) => error("malformedRequest", brief(cause)))
    : Either.left(error("notSupported", `there is no request of the type ${JSON.stringify(body.type.slice(0, 60))}`))

const brief = (error: ParseResult.ParseError): string =>
  ParseResult.ArrayFormatter.formatErrorSync(error)
    .slice(0, 3)
    .map(({ message, path }) =>
      path.length === 0 ? message.slice(0, 120) : `${path.join(".")}: ${message.slice(0, 120)}`
    )
    .join("; ")
