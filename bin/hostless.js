#!/usr/bin/env node
/**
 * The `hostless` command: loads the built program.
 */
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { fileURLToPath, pathToFileURL } from "node:url"
import { setFlagsFromString } from "node:v8"

// A killed process is gone only when its memory is, some 0.1 ms for each megabyte, and its peers can take over no sooner.
// A young generation that stays at its first size keeps a node 30 MB smaller; it makes little garbage, so that is enough.
setFlagsFromString("--semi-space-growth-factor=1")
// So little is collected in a moment; help from other threads costs more than it gives, most of all on a busy machine.
setFlagsFromString("--no-parallel-scavenge")
// What a change of host runs is compiled in advance; it must not be forgotten because it is rarely used.
setFlagsFromString("--no-flush-bytecode")

const main = fileURLToPath(new URL("../dist/program/main.js", import.meta.url))
const build = fileURLToPath(new URL("build.js", import.meta.url))

// A fresh clone is built the first time, with its progress on stderr; a package comes built.
if (!existsSync(main) && existsSync(build)) {
  spawnSync(process.execPath, [build, "--if-needed"], { stdio: ["ignore", 2, 2] })
}
if (existsSync(main)) {
  await import(pathToFileURL(main).href)
} else {
  console.error("hostless is not built, and could not be. Run \"npm ci\" in its directory, then try again.")
  process.exitCode = 1
}
