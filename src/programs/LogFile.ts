/**
 * A node's log in a file, besides what goes to standard error: everything from `info` on, one JSON object a line. A file
 * that has grown to `fileBytesMax` is put aside as FILE.1 (that as FILE.2, and so on), and a new one is begun.
 */
import { Effect, FiberRef, Layer, Logger, LogLevel, Option } from "effect"
import { appendFileSync, renameSync, statSync } from "node:fs"
import * as ExitCode from "./ExitCode.ts"
import * as Logging from "./Logging.ts"
import { StartError } from "./NodeProgram.ts"

/** A full file, in bytes, and how many full ones are kept. */
const fileBytesMax = 8 * 1024 * 1024
const filesKept = 3
/** What is logged is written so often, in milliseconds. */
const writeEveryMs = 250

/** Puts full files one number further; the oldest goes. */
const rotate = (file: string): void => {
  const names = [file, ...Array.from({ length: filesKept }, (_, i) => `${file}.${i + 1}`)]
  for (let i = filesKept - 1; i >= 0; i--) {
    if (statSync(names[i]!, { throwIfNoEntry: false }) !== undefined) renameSync(names[i]!, names[i + 1]!)
  }
}

/** Appends lines, each whole, and begins a new file where this one is full. */
const open = (file: string): (lines: ReadonlyArray<string>) => void => {
  appendFileSync(file, "")
  let bytes = statSync(file).size
  return (lines) => {
    let waiting = ""
    const write = (): void => {
      appendFileSync(file, waiting)
      bytes += Buffer.byteLength(waiting)
      waiting = ""
    }
    for (const line of lines) {
      if (bytes + Buffer.byteLength(waiting) >= fileBytesMax) {
        write()
        rotate(file)
        bytes = 0
      }
      waiting += `${line}\n`
    }
    if (waiting !== "") write()
  }
}

/** Whoever cannot write any more goes on without. Standard error gets no more than it got before. */
const layer = (write: (lines: ReadonlyArray<string>) => void): Layer.Layer<never> =>
  Layer.unwrapEffect(Effect.map(FiberRef.get(FiberRef.currentMinimumLogLevel), (before) =>
    Layer.mergeAll(
      Logger.addScoped(
        Logger.batched(Logger.jsonLogger, writeEveryMs, (lines) => Effect.ignore(Effect.try(() => write(lines))))
      ),
      Logger.replace(
        Logging.toStandardError,
        Logger.make((options) => {
          if (LogLevel.greaterThanEqual(options.logLevel, before)) Logging.toStandardError.log(options)
        })
      ),
      Logger.minimumLogLevel(LogLevel.lessThan(before, LogLevel.Info) ? before : LogLevel.Info)
    )))

/** Nothing where no file was asked for. */
export const layerOf = (file: Option.Option<string>): Effect.Effect<Layer.Layer<never>, StartError> =>
  Option.match(file, {
    onNone: () => Effect.succeed(Layer.empty),
    onSome: (name) =>
      Effect.map(
        Effect.try({
          try: () => open(name),
          catch: (error) => new StartError({ detail: ExitCode.unwritable(name, error, "--log-file") })
        }),
        layer
      )
  })
