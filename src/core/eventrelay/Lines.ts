/** The relay's lines, written. */
import { type Member, parse, type Reason } from "../../protocol/EventRelay.ts"
import type { Channel, Client } from "./Channel.ts"

export const helloAdvice =
  "A hello is like {\"hello\":{\"name\":\"Ada\",\"channel\":\"pong\"}}: names of 1 to 48 printable characters."

const memberOf = ({ id, name }: Client): Member => ({ id, name })

/** All that are there, the client itself left out, and those that only listen. */
export const welcome = (client: Client, channel: Channel, at: number): string => {
  const members: Array<Member> = []
  for (const other of channel.clients) {
    if (other !== client && other.stage !== "listener") members.push(memberOf(other))
  }
  const { name, perSecond } = channel
  return JSON.stringify({ welcome: { id: client.id, channel: name, members, perSecond }, at })
}

export const joined = (client: Client, at: number): string => JSON.stringify({ join: memberOf(client), at })

export const left = (client: Client, at: number): string => JSON.stringify({ leave: memberOf(client), at })

export const gone = (client: Client, reason: Reason, at: number): string =>
  JSON.stringify({ gone: memberOf(client), reason, at })

export const rate = (perSecond: number, at: number): string => JSON.stringify({ rate: { perSecond }, at })

export const ping = (number: number): string => JSON.stringify({ ping: number })

export const pong = (number: number, at: number): string => JSON.stringify({ pong: number, at })

export const bye = (reason: Reason, detail: string): string => JSON.stringify({ bye: { reason, detail } })

export const refused = (reason: Reason, detail: string): string => JSON.stringify({ error: { reason, detail } })

/** Of lines that are events already. */
export const history = (events: ReadonlyArray<string>, at: number): string =>
  `{"history":[${events.join(",")}],"at":${at}}`

/** A member's event as members and as plain clients get it; null where it cannot be written. */
export const event = (
  from: Client,
  value: unknown,
  kind: string | null,
  seq: number,
  at: number
): { readonly toMembers: string; readonly toPlain: string } | null => {
  let toPlain: string
  try {
    toPlain = JSON.stringify(value)
  } catch {
    // A value that was read may still be nested too deeply to be written.
    return null
  }
  const ofKind = kind === null ? "" : `,"kind":${JSON.stringify(kind)}`
  return { toMembers: `{"event":${toPlain},"from":"${from.id}","seq":${seq},"at":${at}${ofKind}}`, toPlain }
}

/** A plain client's line as members get it. What is JSON goes on as it is written: numbers keep all their digits. */
export const plainEvent = (from: Client, line: string, seq: number, at: number): string => {
  const whose = `"from":"${from.id}","seq":${seq},"at":${at}}`
  return parse(line) === undefined
    ? `{"text":${JSON.stringify(line)},${whose}`
    : `{"event":${line.trim()},${whose}`
}
