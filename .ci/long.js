#!/usr/bin/env node
/**
 * The part of the long tests that a commit chooses: files in an order that its hash gives, as many as take about three
 * minutes by the table below, and of those that go through a list a part of it (test/setup/slice.ts).
 */
import { execFileSync, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { join, resolve } from "node:path"
import { longFiles } from "./longFiles.js"

const budgetSeconds = 180
/** What each takes on two idle cores, in seconds. A new file has its row here. @type {Readonly<Record<string, number>>} */
const seconds = {
  "test/broker/games.long.test.ts": 95,
  "test/broker/peerLinks.long.test.ts": 45,
  "test/browser/failover.test.ts": 45,
  "test/browser/matches.test.ts": 60,
  "test/browser/raftian.test.ts": 60,
  "test/browser/raftianNodes.long.test.ts": 100,
  "test/core/raft/mutants.long.test.ts": 40,
  "test/lan/lan.long.test.ts": 170,
  "test/process/commandLine.test.ts": 60,
  "test/process/failover.test.ts": 50,
  "test/process/garbage.long.test.ts": 180,
  "test/process/gathering.test.ts": 45,
  "test/process/package.long.test.ts": 60,
  "test/process/raftBench.long.test.ts": 25,
  "test/process/raftFrames.long.test.ts": 20,
  "test/process/servers.test.ts": 80,
  "test/simulation/mutants.long.test.ts": 90,
  "test/simulation/regressions.long.test.ts": 40,
  often: 60
}

/** What goes through much goes through one of so many parts. */
const oftenParts = 6

const root = resolve(import.meta.dirname, "..")
const commit = execFileSync("git", ["rev-parse", "HEAD"], { cwd: root, encoding: "utf8" }).trim()

const files = longFiles(root)
const unknown = files.filter((file) => seconds[file] === undefined)
if (unknown.length > 0) throw new Error(`Say in .ci/long.js how long ${unknown.join(", ")} takes.`)

/** @param {string} name */
const rank = (name) => createHash("sha256").update(`${commit} ${name}`).digest("hex")
const chosen = []
let left = budgetSeconds
for (const name of [...files, "often"].sort((a, b) => rank(a) < rank(b) ? -1 : 1)) {
  if ((seconds[name] ?? 0) > left) continue
  left -= seconds[name] ?? 0
  chosen.push(name)
}
const slice = String(parseInt(rank("slice").slice(0, 6), 16))
console.log(`LONG_SLICE=${slice}, of ${files.length + 1}: ${chosen.join(", ")}`)

/** @param {string} project @param {ReadonlyArray<string>} args */
const vitest = (project, ...args) =>
  spawnSync(
    process.execPath,
    [
      join(root, "node_modules/vitest/vitest.mjs"),
      "run",
      "--config",
      "vitest.long.config.ts",
      "--project",
      project,
      ...args
    ],
    {
      cwd: root,
      stdio: "inherit",
      env: { ...process.env, LONG_SLICE: slice, COUNTS: `test-results/counts.${project}` }
    }
  ).status ?? 1

const named = chosen.filter((name) => name !== "often")
const codes = [
  named.length === 0 ? 0 : vitest("long", ...named),
  chosen.includes("often") ? vitest("often", `--shard=${1 + Number(slice) % oftenParts}/${oftenParts}`) : 0
]
process.exitCode = Math.max(...codes)
