#!/usr/bin/env node
/**
 * The `hostless` command: loads the built program.
 */
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { fileURLToPath, pathToFileURL } from "node:url"
import "./v8.js"

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
