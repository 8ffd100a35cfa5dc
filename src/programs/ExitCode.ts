/** How a command ends that could not do what it was asked for. */
import { Console, Effect } from "effect"

/** Ends with exit code 1, once everything that runs has ended. */
export const failed: Effect.Effect<void> = Effect.sync(() => {
  process.exitCode = 1
})

/** An error that is told to who runs the command: `detail` says what happened and what to do. */
interface Told {
  readonly _tag: string
  readonly reason?: string
  readonly detail: string
}

/** Says what happened, what to do and which option does it; then as `failed`. `own`: options of this command alone. */
export const complainOf = (own: Options) => (error: Told): Effect.Effect<void> => {
  const key = `${error._tag}:${error.reason}`
  const option = own[key] ?? optionOf[key]
  const advice = option === undefined ? "" : ` The option is ${option}.`
  return Effect.zipRight(Console.error(`hostless: ${error.detail}${advice}`), failed)
}

export const complain = complainOf({})

/** That a file could not be written, and what to do. */
export const unwritable = (file: string, error: unknown, option: string): string =>
  `${file} cannot be written (${error instanceof Error ? error.message : String(error)}). `
  + `Name another file with ${option}.`

type Options = Readonly<Record<string, string>>

/** What an error of a layer can be put right with: layers know no command line. */
const optionOf: Options = {
  "ClientGatewayError:port": "--client-port",
  "ClientGatewayError:address": "--ip",
  "DiscoveryError:port": "--discovery-port",
  "DiscoveryError:address": "--ip",
  "GatewayError:port": "--http-port",
  "GatewayError:address": "--ip",
  "IdentityError:locked": "--data-dir",
  "IdentityError:unreadable": "--data-dir",
  "IdentityError:unwritable": "--data-dir",
  "LinkError:port": "--link-port",
  "LinkError:address": "--ip",
  "RaftStorageError:io": "--data-dir",
  "RaftStorageError:locked": "--data-dir"
}
