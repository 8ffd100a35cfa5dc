/**
 * Logs go to standard error, one structured line each; standard output is for what the program has to say. Quiet unless
 * `--log-level` (which every command has) says otherwise.
 */
import { Layer, Logger, LogLevel } from "effect"

export const toStandardError = Logger.withConsoleError(Logger.logfmtLogger)

export const layer = Layer.merge(
  Logger.replace(Logger.defaultLogger, toStandardError),
  Logger.minimumLogLevel(LogLevel.Warning)
)
