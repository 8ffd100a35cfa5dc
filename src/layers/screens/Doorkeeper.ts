/**
 * Who is let in. Pages from elsewhere must not reach this node through a player's own browser: neither by a name that
 * was rebound to a local address (checked by Host), nor by a WebSocket, which browsers let any page open (checked by
 * Origin and key).
 */
import { Effect } from "effect"
import { timingSafeEqual } from "node:crypto"
import type { IncomingMessage, Server } from "node:http"
import type { Duplex } from "node:stream"

/** Where screens open their WebSocket. */
export const sessionPath = "/session"

/** The names that a request may give to this server, as the Host header has them. */
export const hostsOf = (addresses: Iterable<string>, port: number): ReadonlySet<string> =>
  new Set(Array.from(addresses).flatMap((address) => [`${address}:${port}`, ...(port === 80 ? [address] : [])]))

export const isOwnHost = (request: IncomingMessage, hosts: ReadonlySet<string>): boolean =>
  hosts.has((request.headers.host ?? "").toLowerCase())

/** The path and query of a request, or null where they are none. */
export const urlOf = (request: IncomingMessage): URL | null => {
  try {
    return new URL(request.url ?? "/", "http://page")
  } catch {
    return null
  }
}

/** Whether an address has the key; takes equally long whichever character differs. */
export const hasKey = (url: URL, key: string): boolean => {
  const given = url.searchParams.get("key")
  return given !== null && given.length === key.length && timingSafeEqual(Buffer.from(given), Buffer.from(key))
}

/**
 * Why a WebSocket request is refused, as an HTTP status with its reason, or null if it is let in. A request without an
 * Origin comes from no browser, and is judged by its key alone.
 */
export const refusalOf = (
  request: IncomingMessage,
  hosts: ReadonlySet<string>,
  key: string
): readonly [status: number, reason: string] | null => {
  if (!isOwnHost(request, hosts)) return [403, "this host is not served here"]
  const origin = request.headers.origin?.toLowerCase()
  if (origin !== undefined && !(origin.startsWith("http://") && hosts.has(origin.slice("http://".length)))) {
    return [403, "pages from elsewhere may not play here"]
  }
  const url = urlOf(request)
  if (url === null || url.pathname !== sessionPath) return [404, "no WebSocket is served here"]
  return hasKey(url, key) ? null : [401, "the key is wrong: open the address that the node printed"]
}

/** Says no on a socket that asked for a WebSocket, and closes it. */
export const refuseUpgrade = (socket: Duplex, status: string, reason: string): void => {
  const body = `${reason}\n`
  socket.on("error", () => socket.destroy())
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    () => socket.destroy()
  )
}

/** Lets nobody in any more when the scope closes, and waits until everybody is out. */
export const closedWithScope = (server: Server) =>
  Effect.addFinalizer(() =>
    Effect.async<void>((resume) => {
      server.close(() => resume(Effect.void))
      server.closeAllConnections()
    })
  )
