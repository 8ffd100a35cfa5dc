/**
 * A thin client's connection to one server, until it ends: the same messages as between a page and its node. What must not
 * be missed goes by the stream, views and inputs by the newest-wins channel.
 */
import { Effect } from "effect"
import * as KeepAlive from "../../core/screen/KeepAlive.ts"
import { bodyBytesMax, encodeBody, encodeFrame, FrameSplitter } from "../../protocol/Frame.ts"
import { bodyReader } from "../../protocol/Reading.ts"
import { NodeMessage, type ScreenMessage } from "../../protocol/Session.ts"
import type { Place } from "../../services/Discovery.ts"
import type { UdpConnection } from "../udp/UdpConnection.ts"
import type { UdpEndpoint } from "../udp/UdpEndpoint.ts"

/** The key of the newest-wins channel that inputs go by. */
const inputsKey = 1

const times: KeepAlive.Times = { openMsMax: 700, silentMsMax: 400, pingEveryMs: 100, lookEveryMs: 50, stalledMs: 150 }

/** A connection that is there. */
export interface ServerSession {
  readonly send: (message: ScreenMessage) => void
  /** Does not ask any more, so that the server thinks that nobody is there; or asks again. */
  readonly hush: (isQuiet: boolean) => void
  /** Is of no use. */
  readonly close: (why: string) => void
}

export interface SessionEvents {
  readonly opened: (session: ServerSession) => void
  readonly message: (message: NodeMessage) => void
}

const decode = bodyReader(NodeMessage)

/** Runs until the connection has ended; tells why. */
export const run = (
  endpoint: UdpEndpoint,
  place: Place,
  { message, opened }: SessionEvents
): Effect.Effect<string> =>
  Effect.async<string>((resume) => {
    let connection: UdpConnection | null = null
    let isOver = false
    let alive = KeepAlive.dialing(endpoint.nowMs())
    let giveUp = (): void => {}
    const end = (why: string): void => {
      if (isOver) return
      isOver = true
      giveUp()
      connection?.destroy()
      resume(Effect.succeed(why))
    }
    const take = (body: Uint8Array): void => {
      const decoded = decode(body)
      if (decoded !== null) message(decoded)
    }
    const send = (said: ScreenMessage): void => {
      if (connection === null) return
      // Each says all that is not acknowledged yet.
      if (said._tag === "inputs" && connection.post(inputsKey, encodeBody(said, "msgpack"))) return
      connection.write(encodeFrame(said, "msgpack"))
    }

    const look = (): void => {
      if (isOver) return
      const nowMs = endpoint.nowMs()
      if (connection !== null) alive = KeepAlive.heard(alive, connection.heardAtMs)
      const [looked, finding] = KeepAlive.look(alive, times, nowMs)
      alive = looked
      if (finding === "ping") send({ _tag: "ping", at: nowMs })
      else if (finding !== null) return end(finding)
      endpoint.after(times.lookEveryMs, look)
    }

    const splitter = new FrameSplitter(bodyBytesMax)
    giveUp = endpoint.dial(place, (opening) => {
      connection = opening
      opening.handler = {
        receive: (chunk) => {
          try {
            for (const body of splitter.push(chunk)) take(body)
          } catch (cause) {
            end(`it makes no sense: ${String(cause)}`)
          }
        },
        message: (_key, body) => take(body),
        drained: () => {},
        ended: (_reason, detail) => end(detail)
      }
      alive = KeepAlive.opened(alive, endpoint.nowMs())
      opened({
        send,
        hush: (isQuiet) => {
          alive = { ...alive, isQuiet }
        },
        close: end
      })
    }, end)
    look()
    return Effect.sync(() => {
      // What was said last is still sent.
      isOver = true
      giveUp()
      connection?.end()
    })
  })
