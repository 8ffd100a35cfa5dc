#!/usr/bin/env node
/**
 * The `hostless` command: loads the built program.
 */
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"

const main = new URL("../dist/program/main.js", import.meta.url)

if (existsSync(fileURLToPath(main))) {
  await import(main.href)
} else {
  console.error(
    "hostless is not built yet. Run \"npm ci\" and then \"npm run build\" in its directory, then try again."
  )
  process.exitCode = 1
}
