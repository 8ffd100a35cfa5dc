#!/usr/bin/env node
/**
 * `npm start`: builds what has changed, then plays gather. Arguments are passed on: `npm start -- --help`.
 *
 * The program runs in this very process, so signals and the exit code need no passing on.
 */
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

const hostless = fileURLToPath(new URL("hostless.js", import.meta.url))
const build = fileURLToPath(new URL("build.js", import.meta.url))

const { error, status, signal } = spawnSync(process.execPath, [build, "--if-needed"], { stdio: "inherit" })

if (error !== undefined || status !== 0) {
  console.error(
    `hostless: the build did not succeed${error === undefined ? "" : ` (${error.message})`}, so nothing was started.`
  )
  process.exitCode = status ?? (signal === "SIGINT" ? 130 : 1)
} else {
  process.argv = [process.execPath, hostless, "play", "gather", ...process.argv.slice(2)]
  await import("./hostless.js")
}
