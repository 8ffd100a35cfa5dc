#!/usr/bin/env node
/**
 * `npm run bench -- STUDY`: builds what has changed, the program included since studies start nodes, then runs the study
 * in this very process, as V8 runs a node.
 */
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import "../bin/v8.js"

const build = fileURLToPath(new URL("../bin/build.js", import.meta.url))

// Standard output is the study's.
const { error, status, signal } = spawnSync(process.execPath, [build, "--studies", "--if-needed"], {
  stdio: ["ignore", 2, 2]
})

if (error !== undefined || status !== 0) {
  console.error(
    `hostless: the build did not succeed${error === undefined ? "" : ` (${error.message})`}: nothing was run.`
  )
  process.exitCode = status ?? (signal === "SIGINT" ? 130 : 1)
} else {
  await import(new URL("../.cache/bench/main.js", import.meta.url).href)
}
