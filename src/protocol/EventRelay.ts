/**
 * What clients and the event relay say to each other: JSON texts, one a line, each ended by a line feed; over a WebSocket
 * one a message (rows E1, E3 to E6).
 *
 * A client whose first line is no hello is a *plain* one: each line that it sends goes as it is to all others on the
 * default channel, and it gets nothing but what others send. A line is refused only if it is longer than `lineBytesMax` or
 * no UTF-8. Blank lines are passed on to nobody: who only listens may send one now and then as a sign of life.
 *
 * A client whose first line is a hello is a *member* of its channel, and is told who else is, who sent what, and when.
 */
import { Either, Schema } from "effect"
import { Name } from "./Ids.ts"
import { decoder } from "./Validation.ts"

export const defaultChannel = "default"

/** The longest line, without its end, in bytes. */
export const lineBytesMax = 16 * 1024
/** The longest line that the relay writes: a history. */
export const relayLineBytesMax = 256 * 1024
/** The most events that a history holds, and their bytes in all. */
export const historyEventsMax = 128
export const historyBytesMax = 64 * 1024
/** So many kinds a sender may tell apart. */
export const kindsMax = 16

/** A client's id: a UUID from the relay, fresh with each connection, so that no two are ever the same. */
export const ClientId = Schema.String.pipe(
  Schema.pattern(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/),
  Schema.brand("hostless/EventRelayClientId")
)
export type ClientId = typeof ClientId.Type

/** What an event is of: of each kind only the newest matters. 1 to 32 printable characters. */
export const Kind = Schema.String.pipe(Schema.pattern(/^[^\p{C}]{1,32}$/u))

/** The relay's clock, in milliseconds since 1970. It never goes back while the relay runs. */
const At = Schema.Finite

// ------------------------------------------------------------------ from clients

/** The first line of a member. With `heartbeat` the relay asks it for signs of life, and ends it if there are none. */
export const Hello = Schema.Struct({
  hello: Schema.Struct({
    name: Name,
    channel: Schema.optional(Name),
    heartbeat: Schema.optional(Schema.Boolean)
  })
})

/** An event for all others on the channel. With a `kind` only the newest counts; without one, each. */
export const Send = Schema.Struct({ send: Schema.Unknown, kind: Schema.optional(Kind) })

/** Asks for the channel's last events. */
export const AskHistory = Schema.Struct({ history: Schema.Int.pipe(Schema.between(1, historyEventsMax)) })

/** The member leaves. */
export const ClientBye = Schema.Struct({ bye: Schema.Literal(true) })

/** Asks for a pong with the same number. Either side may. */
export const Ping = Schema.Struct({ ping: Schema.Finite })

/** Answers a ping. The relay's tell its time. */
export const Pong = Schema.Struct({ pong: Schema.Finite, at: Schema.optional(At) })

const fromMember = {
  send: decoder(Send),
  history: decoder(AskHistory),
  bye: decoder(ClientBye),
  ping: decoder(Ping),
  pong: decoder(Pong)
}

type Decoded<D extends Readonly<Record<string, (value: unknown) => Either.Either<unknown, unknown>>>> = {
  [K in keyof D]: Either.Either.Right<ReturnType<D[K]>>
}[keyof D]

export type FromMember = Decoded<typeof fromMember>

// ------------------------------------------------------------------ from the relay

/** A client as others know it. Plain clients have no name. */
export const Member = Schema.Struct({ id: ClientId, name: Schema.NullOr(Name) })
export type Member = typeof Member.Type

/** Why a connection is over, or a line was not taken. */
export const Reason = Schema.Literal(
  "too long",
  "no text",
  "not understood",
  "too many refused lines",
  "too many kinds",
  "channel full",
  "too many channels",
  "too many connections",
  "too many silent connections",
  "slow",
  "silent",
  "http",
  "closing",
  "closed",
  "reset"
)
export type Reason = typeof Reason.Type

/** Answers a hello. `perSecond`: as in `Rate`. */
export const Welcome = Schema.Struct({
  welcome: Schema.Struct({
    id: ClientId,
    channel: Name,
    members: Schema.Array(Member),
    perSecond: Schema.Finite
  }),
  at: At
})

export const Join = Schema.Struct({ join: Member, at: At })
/** A member said bye. */
export const Leave = Schema.Struct({ leave: Member, at: At })
/** A client's connection is over without a bye. */
export const Gone = Schema.Struct({ gone: Member, reason: Reason, at: At })

/** What somebody sent. `seq` counts the channel's events, so that it shows what was passed over. */
export const Event = Schema.Struct({
  event: Schema.Unknown,
  from: ClientId,
  seq: Schema.NonNegativeInt,
  at: At,
  kind: Schema.optional(Kind)
})

/** A plain client's line that is no JSON. */
export const Text = Schema.Struct({ text: Schema.String, from: ClientId, seq: Schema.NonNegativeInt, at: At })

/** The channel's last events, the oldest first. */
export const History = Schema.Struct({ history: Schema.Array(Schema.Union(Event, Text)), at: At })

/** So many events of each kind a second are passed on now: what comes faster is passed over but for the newest. */
export const Rate = Schema.Struct({ rate: Schema.Struct({ perSecond: Schema.Finite }), at: At })

/** A line was not taken. */
export const Refused = Schema.Struct({ error: Schema.Struct({ reason: Reason, detail: Schema.String }) })

/** The relay's last line to a client. */
export const RelayBye = Schema.Struct({ bye: Schema.Struct({ reason: Reason, detail: Schema.String }) })

const fromRelay = {
  event: decoder(Event),
  text: decoder(Text),
  welcome: decoder(Welcome),
  join: decoder(Join),
  leave: decoder(Leave),
  gone: decoder(Gone),
  history: decoder(History),
  rate: decoder(Rate),
  error: decoder(Refused),
  bye: decoder(RelayBye),
  ping: decoder(Ping),
  pong: decoder(Pong)
}

export type FromRelay = Decoded<typeof fromRelay>

/** A line's JSON, or undefined where it is none. */
export const parse = (line: string): unknown => {
  try {
    return JSON.parse(line) as unknown
  } catch {
    return undefined
  }
}

/** Whether a first line is meant as a hello: `{"hello":"world"}` of a plain client is none. */
export const isHello = (value: unknown): boolean =>
  typeof value === "object" && value !== null && !Array.isArray(value) && "hello" in value
  && typeof value.hello === "object" && value.hello !== null

const helloOf = decoder(Hello)

/** Null: it is not as a hello must be. */
export const decodeHello = (value: unknown): typeof Hello.Type | null => Either.getOrNull(helloOf(value))

/** By the first known name that a message has; null where no schema takes it. */
const decodeWith = <A>(
  decoders: Readonly<Record<string, (value: unknown) => Either.Either<A, unknown>>>,
  value: unknown
): A | null => {
  if (typeof value !== "object" || value === null) return null
  for (const name in decoders) {
    if (Object.hasOwn(value, name)) return Either.getOrNull(decoders[name]!(value))
  }
  return null
}

export const decodeFromMember = (value: unknown): FromMember | null => decodeWith<FromMember>(fromMember, value)

export const decodeFromRelay = (value: unknown): FromRelay | null => decodeWith<FromRelay>(fromRelay, value)
