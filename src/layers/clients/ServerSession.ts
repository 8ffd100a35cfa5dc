/**
 * A thin client's connection to one server, until it ends: the same messages as between a page and its node. What must not
 * be missed goes by the stream, views and inputs by the newest-wins channel.
 */
import { Effect } from "effect"
import { bodyBytesMax, encodeBody, encodeFrame, FrameSplitter } from "../../protocol/Frame.ts"
import { bodyReader } from "../../protocol/Reading.ts"
import { NodeMessage, type ScreenMessage } from "../../protocol/Session.ts"
import type { Place } from "../../services/Discovery.ts"
import type { UdpConnection } from "../udp/UdpConnection.ts"
import type { UdpEndpoint } from "../udp/UdpEndpoint.ts"

/** The key of the newest-wins channel that inputs go by. */
const inputsKey = 1

/** An attempt that takes longer has failed, in milliseconds. */
export const dialMsMax = 700
/** A server answers so often, and one that has said nothing for longer is gone, in milliseconds. */
export const pingEveryMs = 100
export const silentMsMax = 400
const lookEveryMs = 50
/** Who looks so much late was stopped itself: the server has another chance. */
const stalledMs = 150

/** A connection that is there. */
export interface ServerSession {
  readonly place: Place
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
    let quiet = false
    let isOver = false
    let lookedAtMs = endpoint.nowMs()
    let grantedAtMs = lookedAtMs
    let pingedAtMs = -Infinity
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
      if (nowMs - lookedAtMs > lookEveryMs + stalledMs) grantedAtMs = nowMs
      lookedAtMs = nowMs
      if (connection === null) {
        if (nowMs - grantedAtMs > dialMsMax) return end("no answer")
      } else {
        if (nowMs - Math.max(connection.heardAtMs, grantedAtMs) > silentMsMax) return end("silent")
        if (!quiet && nowMs - pingedAtMs >= pingEveryMs) {
          pingedAtMs = nowMs
          send({ _tag: "ping", at: nowMs })
        }
      }
      endpoint.after(lookEveryMs, look)
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
      grantedAtMs = endpoint.nowMs()
      opened({
        place,
        send,
        hush: (isQuiet) => {
          quiet = isQuiet
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
