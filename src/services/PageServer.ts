/**
 * The socket under this node's page: bound early, so that peers can be told the page's address before the game is there
 * to be shown. Until something is attached it answers "starting".
 */
import { Context, type Effect, type Scope } from "effect"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Duplex } from "node:stream"

/** What is done with requests that name one of the page's own hosts; all others are refused before. */
export interface PageHandlers {
  readonly request: (request: IncomingMessage, response: ServerResponse) => void
  /** A WebSocket's request whose origin and key were checked. */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
}

export interface PageSocket {
  /** The page's address for this machine's own player, with its key. */
  readonly page: string
  /** The same for other machines, or null where the page is not shared. */
  readonly sharedPage: string | null
  /** 128 random bits in hex, made at start: who has it may play here. */
  readonly key: string
  /** The user's own scene module, or null. */
  readonly scene: string | null
  /** Where the built browser client lies, or null where it was not found. */
  readonly webRoot: string | null
  /** Serves until the scope closes; every connection ends then. */
  readonly attach: (handlers: PageHandlers) => Effect.Effect<void, never, Scope.Scope>
  /** WebSocket requests refused for their host, origin or key. */
  readonly refused: Effect.Effect<number>
}

export class PageServer extends Context.Tag("hostless/PageServer")<PageServer, PageSocket>() {}
