/** A file of what bots sent and what was acknowledged to them, one JSON line each: what was written survives a kill. */
import { Effect, type Scope } from "effect"
import { closeSync, openSync, writeSync } from "node:fs"
import type { BotRecord } from "../layers/clients/BotsPlaying.ts"

export const open = (file: string): Effect.Effect<(entry: BotRecord) => void, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(Effect.sync(() => openSync(file, "a")), (handle) => Effect.sync(() => closeSync(handle))),
    (handle) => (entry) => void writeSync(handle, `${JSON.stringify(entry)}\n`)
  )
