/**
 * The event relay over TCP, with WebSockets on the same port. What it holds is bounded: connections in all and of each
 * address, what a connection sends and what waits for it, what waits for all of them together.
 */
import { Effect, Layer, Runtime } from "effect"
import * as Hub from "../../core/eventrelay/Hub.ts"
import { usualPorts } from "../../protocol/Ports.ts"
import { EventRelay, EventRelayError } from "../../services/EventRelay.ts"
import { listen } from "../links/LinkPlace.ts"
import { type ConnectionLimits, defaultLimits } from "./Connection.ts"
import { Intake } from "./Intake.ts"
import { Switchboard, type SwitchboardOptions } from "./Switchboard.ts"

export interface EventRelayOptions {
  /** One of this machine's addresses. Default: all of them. */
  readonly host?: string | undefined
  /** Default: 32100. 0 takes any. */
  readonly port?: number | undefined
  /** The most connections. Default: 4096. */
  readonly connectionsMax?: number | undefined
  /** The most connections of one address. Default: 1024. */
  readonly perAddressMax?: number | undefined
  /** Origins whose pages may connect by WebSocket, besides those of this very machine; `*` allows all. */
  readonly origins?: ReadonlyArray<string> | undefined
  /** What waits for all readers together, in bytes; beyond it who is farthest behind is ended. Default: 64 MiB. */
  readonly waitingBytesMax?: number | undefined
  readonly channels?: Partial<Hub.HubLimits> | undefined
  readonly connections?: Partial<ConnectionLimits> | undefined
}

/** How long clients have to take the relay's last words. */
const lingerMs = 500

/** The most connections that the system keeps until they are taken. */
const backlogMax = 1_024

const listenError = (error: NodeJS.ErrnoException, host: string, port: number): EventRelayError => {
  const because = (reason: EventRelayError["reason"], detail: string) => new EventRelayError({ reason, detail })
  switch (error.code) {
    case "EADDRINUSE":
      return because(
        "port",
        `TCP port ${port} of ${host} is taken by another program. Choose another one, or 0 for any.`
      )
    case "EACCES":
      return because("port", `This account may not use TCP port ${port}. Choose one above 1023.`)
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return because("address", `${host} is not an address of this machine.`)
    default:
      return because("network", `No clients can be taken: ${error.message}`)
  }
}

const make = (options: EventRelayOptions) =>
  Effect.gen(function*() {
    const runtime = yield* Effect.runtime()
    const clock = yield* Effect.clock
    const levels = { Debug: Effect.logDebug, Info: Effect.logInfo, Warning: Effect.logWarning }
    const log: SwitchboardOptions["log"] = (level, text, notes) => {
      Runtime.runSync(runtime)(Effect.annotateLogs(levels[level](text), notes))
    }
    const board = new Switchboard({
      hub: new Hub.Hub({ ...Hub.defaultLimits, ...options.channels }),
      limits: { ...defaultLimits, ...options.connections },
      waitingBytesMax: options.waitingBytesMax ?? 64 * 1024 * 1024,
      wallClock: () => clock.unsafeCurrentTimeMillis(),
      log
    })
    const intake = new Intake({
      connectionsMax: options.connectionsMax ?? 4_096,
      perAddressMax: options.perAddressMax ?? 1_024,
      origins: options.origins ?? [],
      opened: board.opened,
      refused: board.turnedAway
    })
    yield* Effect.addFinalizer(() =>
      Effect.async<void>((resume) => {
        // Done when the last connection is, or when that takes too long.
        const late = setTimeout(() => intake.close(), lingerMs)
        intake.server.close(() => {
          clearTimeout(late)
          intake.close()
          resume(Effect.void)
        })
        board.close()
      })
    )
    // A connection that could not be accepted, of which others know nothing.
    intake.server.on("error", () => {})
    const { host = "0.0.0.0", port: wanted = usualPorts.eventRelay } = options
    const port = yield* Effect.mapError(
      listen(intake.server, host, wanted, backlogMax),
      (error) => listenError(error, host, wanted)
    )
    yield* Effect.logInfo("the relay takes clients").pipe(Effect.annotateLogs({ host, port }))
    return EventRelay.of({ place: { address: host, port }, standing: Effect.sync(() => board.standing()) })
  })

/** Takes clients at a port while in scope. */
export const layer = (options: EventRelayOptions = {}): Layer.Layer<EventRelay, EventRelayError> =>
  Layer.scoped(EventRelay, make(options))
