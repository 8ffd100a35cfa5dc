/**
 * A screen without a page: a bare WebSocket with the page's own receiver, for tests.
 */
import { Schema } from "effect"
import { once } from "node:events"
import { WebSocket } from "ws"
import type { Reception } from "../../../src/core/screen/Views.ts"
import { protocolVersion } from "../../../src/protocol/Discovery.ts"
import { decodeBody, encodeBody } from "../../../src/protocol/Frame.ts"
import { NodeMessage, type ScreenMessage } from "../../../src/protocol/Session.ts"
import { ViewReceiver } from "../../core/screen/viewReceiver.ts"

const decodeMessage = Schema.decodeUnknownSync(NodeMessage)

export const sessionUrl = (page: string): string => page.replace("http://", "ws://").replace("/?key", "/session?key")

/** What a screen may say, without the brands that tests would have to earn. */
export type Saying = { readonly _tag: ScreenMessage["_tag"]; readonly [key: string]: unknown }

export class ScreenClient {
  readonly messages: Array<NodeMessage> = []
  readonly frames: Array<Uint8Array> = []
  readonly receptions: Array<Reception> = []
  readonly receiver = new ViewReceiver()
  closed: { readonly code: number } | null = null
  /** Whether it asks for a snapshot when it lacks a base. */
  resyncs = true
  subscription = 0
  private readonly waiting = new Set<() => void>()

  constructor(readonly socket: WebSocket) {
    socket.on("message", (data: Buffer) => {
      const body = new Uint8Array(data)
      const message = decodeMessage(decodeBody(body))
      this.frames.push(body)
      this.messages.push(message)
      if (message._tag === "snapshot" || message._tag === "delta") {
        const reception = this.receiver.receive(message, performance.now())
        this.receptions.push(reception)
        if (reception === "resync" && this.resyncs) this.say({ _tag: "resync" })
      }
      this.wake()
    })
    socket.on("close", (code) => {
      this.closed = { code }
      this.wake()
    })
    socket.on("error", () => {})
  }

  static async open(page: string): Promise<ScreenClient> {
    const screen = new ScreenClient(new WebSocket(sessionUrl(page), { perMessageDeflate: false }))
    await once(screen.socket, "open")
    return screen
  }

  say(message: Saying): void {
    this.socket.send(encodeBody(message, "msgpack"))
  }

  join(room: string, token: string | null = null, name = "Ada"): void {
    const seat = token === null ? null : { token, profile: { name, color: "#3355aa" } }
    this.say({ _tag: "join", version: protocolVersion, subscription: ++this.subscription, room, seat })
  }

  /** Waits until something is so; fails after 5 s. */
  until<A>(what: string, test: () => A | undefined | null | false): Promise<A> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(look)
        reject(new Error(`never: ${what}`))
      }, 5000)
      const look = (): void => {
        const found = test()
        if (found === undefined || found === null || found === false) return
        clearTimeout(timer)
        this.waiting.delete(look)
        resolve(found)
      }
      this.waiting.add(look)
      look()
    })
  }

  find<T extends NodeMessage["_tag"]>(tag: T): Extract<NodeMessage, { readonly _tag: T }> | undefined {
    return this.messages.find((message): message is Extract<NodeMessage, { readonly _tag: T }> => message._tag === tag)
  }

  message<T extends NodeMessage["_tag"]>(tag: T): Promise<Extract<NodeMessage, { readonly _tag: T }>> {
    return this.until(`a message ${tag}`, () => this.find(tag))
  }

  close(): void {
    this.socket.terminate()
  }

  private wake(): void {
    for (const look of this.waiting) look()
  }
}
