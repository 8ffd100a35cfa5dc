#!/usr/bin/env node
/**
 * Seeds that nobody has run before, taken from the commit, for as long as SIMULATE_SECONDS says (120): numbers of nodes,
 * both modes, with and without a quorum and preemption; the election by Raft; servers with thin clients, over UDP. The
 * commit chooses where in that list it begins.
 *
 * A seed that breaks a promise is run once more on the parent commit (SIMULATE_BASE). Where it breaks one there too, the
 * fault is an old one: it is told and kept in test-results/findings, and refuses nothing. Else the exit code is 1.
 */
import { execFileSync, spawnSync } from "node:child_process"
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"

const budgetMs = Number(process.env["SIMULATE_SECONDS"] ?? 120) * 1000
const eachSeconds = 2
const root = resolve(import.meta.dirname, "..")
const parent = join(root, "node_modules", ".cache", "hostless-parent")

/** @param {ReadonlyArray<string>} args */
const git = (...args) => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim()

/** @param {ReadonlyArray<ReadonlyArray<string>>} lists @returns {Array<Array<string>>} */
const product = (...lists) =>
  lists.reduce(
    (/** @type {Array<Array<string>>} */ all, list) =>
      all.flatMap((before) => list.map((next) => [...before, ...next.split(" ").filter((word) => word !== "")])),
    [[]]
  )

const modes = ["--mode safety", "--mode liveness"]
const servers = "--shape cluster --nodes 3 --players 4"
const four = "--game pong --set seats=4 --set points=2 --set absence=bot"
const setups = [
  ...product(["--nodes 2", "--nodes 3", "--nodes 5", "--nodes 9"], modes, ["", "--quorum"], ["", "--no-preempt"]),
  ...product(["--nodes 3", "--nodes 5"], ["--election raft"], modes),
  ...product([servers], modes, ["", "--quorum"], ["", four])
]

/**
 * One command line of the built program in `directory`: its report, or null where it came to none, and what it said.
 * @param {string} directory
 * @param {ReadonlyArray<string>} args
 */
const simulate = (directory, args) => {
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    [join(directory, "dist/program/main.js"), "simulate", "--json", "--duration", "20s", ...args],
    { cwd: root, encoding: "utf8", maxBuffer: 256 * 1024 * 1024 }
  )
  return { ok: status === 0, report: stdout.startsWith("{") ? JSON.parse(stdout) : null, said: `${stdout}${stderr}` }
}

/** The parent commit, built; or why there is none. @returns {string | null} */
const buildParent = () => {
  try {
    const base = git("rev-parse", "--verify", "--quiet", `${process.env["SIMULATE_BASE"] ?? "HEAD^"}^{commit}`)
    rmSync(parent, { recursive: true, force: true })
    git("worktree", "prune")
    git("worktree", "add", "--detach", "--force", parent, base)
    symlinkSync(join(root, "node_modules"), join(parent, "node_modules"))
    const vite = join(root, "node_modules/vite/bin/vite.js")
    execFileSync(process.execPath, [vite, "build", "--config", "vite.program.config.ts"], {
      cwd: parent,
      stdio: "pipe"
    })
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const commit = git("rev-parse", "HEAD")
const seed = process.env["SIMULATE_SEED"] ?? String(parseInt(commit.slice(0, 12), 16))
const from = parseInt(commit.slice(12, 18), 16) % setups.length
const began = performance.now()
let [runs, simulatedMs, old, broken] = [0, 0, 0, 0]
console.log(`seeds from ${seed} on`)

for (const args of [...setups.slice(from), ...setups.slice(0, from)]) {
  if (performance.now() - began > budgetMs) break
  const fresh = ["--seed", seed, "--seeds", "100000", "--for", `${eachSeconds}s`]
  const { ok, report, said } = simulate(root, [...args, ...fresh])
  runs += report?.totals.runs ?? 0
  simulatedMs += report?.totals.simulatedMs ?? 0
  if (ok || (report !== null && report.totals.findings.length === 0)) continue

  const failing = String(report?.totals.findings[0]?.seed ?? /Seed (\d+)/.exec(said)?.[1] ?? seed)
  const again = [...args, "--seed", failing]
  console.log(`hostless simulate --duration 20s ${again.join(" ")}`)
  console.log(report?.totals.findings[0]?.detail ?? said)
  console.log(report?.explained?.diagram ?? "")
  const missing = existsSync(join(parent, "dist/program/main.js")) ? null : buildParent()
  if (missing === null && !simulate(parent, again).ok) {
    console.log("FINDING: the parent commit breaks it too, so this change is not refused.")
    mkdirSync("test-results/findings", { recursive: true })
    writeFileSync(
      `test-results/findings/${failing}.txt`,
      `hostless simulate --duration 20s ${again.join(" ")}\n\n${said}`
    )
    old += 1
  } else {
    console.log(missing === null ? "The parent commit keeps it." : `The parent commit could not be tried: ${missing}`)
    broken += 1
  }
}

console.log(`${runs} runs, ${Math.round(simulatedMs / 1000)} s simulated, ${old} old findings, ${broken} new ones`)
rmSync(parent, { recursive: true, force: true })
git("worktree", "prune")
process.exitCode = broken > 0 ? 1 : 0
