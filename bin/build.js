#!/usr/bin/env node
/**
 * Builds dist: the library and the programs with tsc, the browser client with vite. Plain Node, no dependencies but
 * those two.
 *
 * Everything is written to a directory next to dist, which takes dist's place at the end: a build that fails leaves the
 * old dist as it was, what has no source any more is gone, and two builds at once do not mix.
 */
import { spawn } from "node:child_process"
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const help = `Usage: node bin/build.js [--if-needed] [--studies]

Builds dist/ from src/: the library and the programs with tsc, and the browser client (dist/web/) with vite.

  --if-needed  build nothing that is newer than everything that it is built from
  --studies    build .cache/bench/ from bench/ too, for "npm run bench"
  --help       this text`

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
/** Its time is when the last build began. */
const stamp = ".built"
const page = join(root, "src", "web", "app", "index.html")

/**
 * A directory and how it is built.
 * @typedef {{
 *   directory: string
 *   inputs: ReadonlyArray<string>
 *   steps: (next: string) => Promise<void>
 * }} Target
 */

/** @type {Target} */
const dist = {
  directory: join(root, "dist"),
  inputs: ["src", "package.json", "tsconfig.json", "tsconfig.build.json", "vite.config.ts", "vite.program.config.ts"],
  steps: async (next) => {
    await step("library", "typescript", "tsc", ["-p", "tsconfig.build.json", "--outDir", next])
    await bundle("program", "vite.program.config.ts", join(next, "program"))
    if (existsSync(page)) await bundle("browser client", "vite.config.ts", join(next, "web"), "--emptyOutDir", "false")
  }
}

/** @type {Target} */
const studies = {
  directory: join(root, ".cache", "bench"),
  inputs: ["src", "bench", "package.json", "vite.program.config.ts"],
  steps: (next) => bundle("studies", "bench/vite.config.ts", next)
}

/**
 * The newest change at or below a path, in milliseconds since 1970. Directories count, since they tell of removals.
 * @param {string} path
 * @returns {number}
 */
const newest = (path) => {
  if (!existsSync(path)) return 0
  const stats = statSync(path)
  if (!stats.isDirectory()) return stats.mtimeMs
  return readdirSync(path)
    .filter((name) => name !== "node_modules")
    .reduce((most, name) => Math.max(most, newest(join(path, name))), stats.mtimeMs)
}

/**
 * An installed package brings dist and no src: there is nothing to build then.
 * @param {Target} target
 */
const isFresh = ({ directory, inputs }) => {
  if (!existsSync(join(root, "src"))) return existsSync(directory)
  if (!existsSync(join(directory, stamp))) return false
  const built = statSync(join(directory, stamp)).mtimeMs
  return inputs.every((name) => newest(join(root, name)) < built)
}

/**
 * The script behind a package's command, to be run by this same Node.
 * @param {string} name
 * @param {string} command
 */
const scriptOf = (name, command) => {
  try {
    const file = createRequire(import.meta.url).resolve(`${name}/package.json`)
    return join(dirname(file), JSON.parse(readFileSync(file, "utf8")).bin[command])
  } catch {
    throw new Error(`${name} is not installed. Run "npm ci" first.`)
  }
}

/** The tool that runs now: it is stopped when this program is. @type {import("node:child_process").ChildProcess | null} */
let running = null

/**
 * @param {string} what
 * @param {string} name
 * @param {string} command
 * @param {ReadonlyArray<string>} args
 */
const step = async (what, name, command, args) => {
  const began = performance.now()
  const tool = spawn(process.execPath, [scriptOf(name, command), ...args], { cwd: root, stdio: "inherit" })
  running = tool
  const code = await new Promise((done, failed) => {
    tool.once("error", failed)
    tool.once("exit", (exitCode) => done(exitCode ?? 1))
  })
  running = null
  if (code !== 0) throw Object.assign(new Error(`${what} failed: see above.`), { exitCode: code })
  console.log(`hostless: ${what} built in ${((performance.now() - began) / 1000).toFixed(1)} s`)
}

/**
 * @param {string} what
 * @param {string} config
 * @param {string} outDir
 * @param {ReadonlyArray<string>} more
 */
const bundle = (what, config, outDir, ...more) =>
  step(what, "vite", "vite", ["build", "--config", config, "--outDir", outDir, "--logLevel", "warn", ...more])

/**
 * Puts a finished build in its place. Another build may be doing the same, so this is tried a few times.
 * @param {string} next
 * @param {string} place
 */
const replace = (next, place) => {
  const old = `${place}.old-${process.pid}`
  for (let attempts = 5; attempts > 0; attempts--) {
    try {
      if (existsSync(place)) renameSync(place, old)
      renameSync(next, place)
      return
    } catch (error) {
      if (attempts === 1) throw error
    } finally {
      rmSync(old, { recursive: true, force: true })
    }
  }
}

/** @param {Target} target */
const build = async ({ directory, steps }) => {
  const began = new Date()
  const next = `${directory}.next-${process.pid}`
  try {
    await steps(next)
    writeFileSync(join(next, stamp), "")
    utimesSync(join(next, stamp), began, began)
    replace(next, directory)
  } finally {
    rmSync(next, { recursive: true, force: true })
  }
}

const args = process.argv.slice(2)
if (args.includes("--help") || args.includes("-h")) {
  console.log(help)
} else if (args.some((arg) => arg !== "--if-needed" && arg !== "--studies")) {
  console.error(`Not understood: ${args.join(" ")}\n\n${help}`)
  process.exitCode = 2
} else {
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) {
    process.on(signal, () => {
      running?.kill(signal)
      process.exitCode = signal === "SIGINT" ? 130 : 143
    })
  }
  const targets = args.includes("--studies") ? [dist, studies] : [dist]
  try {
    for (const target of targets) {
      if (!args.includes("--if-needed") || !isFresh(target)) await build(target)
    }
  } catch (error) {
    console.error(`hostless: ${/** @type {Error} */ (error).message}`)
    process.exitCode ||= /** @type {{ exitCode?: number }} */ (error).exitCode ?? 1
  }
}
