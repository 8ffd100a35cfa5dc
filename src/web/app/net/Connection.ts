/**
 * The page's connection to its node: opened again whenever it breaks, and moved to another node's page when the node stays
 * away. An Effect that runs as long as the page does.
 */
import { Effect } from "effect"
import * as KeepAlive from "../../../core/screen/KeepAlive.ts"
import { encodeBody } from "../../../protocol/Frame.ts"
import { bodyReader } from "../../../protocol/Reading.ts"
import { type Elsewhere, NodeMessage, type ScreenMessage } from "../../../protocol/Session.ts"

/** Waits between attempts, in milliseconds. */
const againMs = { first: 250, max: 2_000 }
/** A node tells of its cluster every second: one that says nothing for `silentMsMax` is stuck, or the network is. */
const times: KeepAlive.Times = {
  openMsMax: 2_000,
  silentMsMax: 3_500,
  pingEveryMs: null,
  lookEveryMs: 500,
  // A page that nobody looks at may look once a second only.
  stalledMs: 1_000
}
/** After so many failed attempts in a row the page looks for another node. */
const attemptsBeforeMove = 2
/** How long another node's page may take to show that it is there. */
const aliveMsMax = 1_500

/** `stale`: the node is there, but was started anew, with another key. */
export type LinkState = "connecting" | "open" | "lost" | "moving" | "stale"

export interface ConnectionEvents {
  readonly link: (state: LinkState, to: string | null) => void
  readonly connected: () => void
  readonly message: (message: NodeMessage) => void
  /** Other nodes' pages, as last told. */
  readonly elsewhere: () => ReadonlyArray<Elsewhere>
  readonly move: (page: string) => void
}

/** Sends if there is a connection. */
export interface Connection {
  readonly send: (message: ScreenMessage) => boolean
  /** Runs until it is interrupted. */
  readonly run: Effect.Effect<never>
}

const read = bodyReader(NodeMessage)

const decode = (data: unknown): NodeMessage | null => data instanceof ArrayBuffer ? read(new Uint8Array(data)) : null

/** Whether a page answers over HTTP. With `no-cors` its content is not readable from here, nor needed. */
const isAlive = (page: string, mode: RequestMode): Effect.Effect<boolean> =>
  Effect.tryPromise((signal) => fetch(new URL("/alive", page), { mode, cache: "no-store", signal })).pipe(
    Effect.map(({ ok }) => ok || mode === "no-cors"),
    Effect.timeout(aliveMsMax),
    Effect.orElseSucceed(() => false)
  )

export const make = (key: string, events: ConnectionEvents): Connection => {
  let socket: WebSocket | null = null

  /** One WebSocket, until it ends; tells whether it ever was open. */
  const session = Effect.async<boolean>((resume) => {
    const opened = new WebSocket(`ws://${location.host}/session?key=${encodeURIComponent(key)}`)
    opened.binaryType = "arraybuffer"
    const ending = new AbortController()
    const { signal } = ending
    let wasOpen = false
    let alive = KeepAlive.dialing(performance.now())
    const end = (): void => {
      clearInterval(watch)
      ending.abort()
      if (socket === opened) socket = null
      opened.close()
      resume(Effect.succeed(wasOpen))
    }
    const watch = setInterval(() => {
      const [looked, finding] = KeepAlive.look(alive, times, performance.now())
      alive = looked
      if (finding !== null) end()
    }, times.lookEveryMs)
    opened.addEventListener("open", () => {
      wasOpen = true
      socket = opened
      alive = KeepAlive.opened(alive, performance.now())
      events.connected()
    }, { signal })
    opened.addEventListener("message", ({ data }) => {
      alive = KeepAlive.heard(alive, performance.now())
      const message = decode(data)
      if (message !== null) events.message(message)
    }, { signal })
    for (const event of ["close", "error"]) opened.addEventListener(event, end, { signal })
    return Effect.sync(end)
  })

  /** The first of the other nodes' pages that answers. */
  const refuge = Effect.suspend(() =>
    Effect.findFirst(
      events.elsewhere().filter(({ page }) => page.startsWith("http://")),
      ({ page }) => isAlive(page, "no-cors")
    )
  )

  const settle = (failures: number): Effect.Effect<void> =>
    Effect.gen(function*() {
      if (failures < attemptsBeforeMove) return events.link("lost", null)
      const next = yield* refuge
      if (next._tag === "Some") {
        events.link("moving", next.value.name)
        events.move(next.value.page)
        // The browser is on its way; if it does not get there, this goes on.
        return yield* Effect.sleep(againMs.max)
      }
      // The page's own node may answer, though it takes no WebSocket.
      events.link((yield* isAlive(location.href, "cors")) ? "stale" : "lost", null)
    })

  const run = Effect.gen(function*() {
    let failures = 0
    events.link("connecting", null)
    while (true) {
      const wasOpen = yield* session
      failures = wasOpen ? 0 : failures + 1
      yield* settle(failures)
      yield* Effect.sleep(KeepAlive.againAfterMs(failures, againMs))
    }
  }) as Effect.Effect<never>

  return {
    run,
    send: (message) => {
      if (socket === null || socket.readyState !== WebSocket.OPEN) return false
      socket.send(new Uint8Array(encodeBody(message, "msgpack")))
      return true
    }
  }
}
