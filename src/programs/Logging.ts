/** Logs go to standard error, one structured line each; standard output is for what the program has to say. */
import { Layer, Logger, LogLevel } from "effect"

export const layer = (level: LogLevel.LogLevel) =>
  Layer.mergeAll(
    Logger.replace(Logger.defaultLogger, Logger.withConsoleError(Logger.logfmtLogger)),
    Logger.minimumLogLevel(level)
  )
