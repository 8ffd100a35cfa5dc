/**
 * `npm run bench -- relay`: the event relay beside other servers that hand events on. Those are packages of their own, in
 * bench/relay, which nothing else needs: they are installed by hand.
 */
import { Command, Options } from "@effect/cli"
import { Effect } from "effect"
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { BenchError } from "../src/programs/bench/NodeProcess.ts"
import * as ExitCode from "../src/programs/ExitCode.ts"
import * as OptionChecks from "../src/programs/OptionChecks.ts"
import { type Name, names, type Setup } from "./relay/Setup.ts"

/** Seen from where studies are built to. */
const root = fileURLToPath(new URL("../../", import.meta.url))

const number = (name: string, max: number, usual: number, what: string) =>
  OptionChecks.integer(name, 1, max).pipe(
    Options.withPseudoName("N"),
    Options.withDescription(`${what}; by default ${usual}`),
    Options.withDefault(usual)
  )

const parseNames = (text: string): ReadonlyArray<Name> | null => {
  const asked = text.split(",")
  return asked.every((one) => names.some((name) => name === one)) ? names.filter((name) => asked.includes(name)) : null
}

const options = {
  clients: number("clients", 10_000, 500, "how many are connected"),
  channels: number("channels", 1_000, 10, "how many channels they are spread over"),
  rate: number("rate", 1_000, 1, "how many events each sends a second, to all others on its channel"),
  seconds: number("seconds", 3_600, 20, "how long each server is measured"),
  only: OptionChecks.parsed("only", `some of ${names.join(",")}`, parseNames).pipe(
    Options.withPseudoName("LIST"),
    Options.withDescription(`measures some of ${names.join(",")}; by default all`),
    Options.withDefault(names as ReadonlyArray<Name>)
  ),
  json: Options.boolean("json").pipe(Options.withDescription("prints the report as JSON"))
}

/** To its end, with its exit code. */
const run = (setup: Setup): Effect.Effect<number, BenchError> =>
  Effect.async((resume) => {
    const runner = join(root, "node_modules", "vite-node", "vite-node.mjs")
    const child = spawn(process.execPath, [runner, "load.ts", JSON.stringify(setup)], {
      cwd: join(root, "bench", "relay"),
      stdio: ["ignore", "inherit", "inherit"]
    })
    child.once("error", ({ message }) => resume(new BenchError({ detail: message })))
    child.once("exit", (code) => resume(Effect.succeed(code ?? 1)))
    // Asked to end, it ends its servers.
    return Effect.sync(() => child.kill("SIGTERM"))
  })

export const command = Command.make(
  "relay",
  options,
  (setup) =>
    (existsSync(join(root, "bench", "relay", "node_modules"))
      ? run(setup)
      : Effect.fail(
        new BenchError({ detail: "The other servers are not installed: run \"npm ci --prefix bench/relay\" first." })
      )).pipe(
        Effect.flatMap((code) => code === 0 ? Effect.void : ExitCode.failed),
        Effect.catchAll(ExitCode.complain)
      )
).pipe(
  Command.withDescription("Measures the event relay beside NATS, RabbitMQ and socket.io, all under the same load.")
)
