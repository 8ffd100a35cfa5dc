#!/usr/bin/env node
/**
 * Adds to package-lock.json what a registry that holds only some platforms' packages made npm leave out. Plain Node, no
 * dependencies.
 *
 * npm drops an optional dependency that it cannot fetch from the lock file without a word, and `npm ci` then refuses the
 * lock file on every machine. The entries are added with name, version and platform, so other platforms skip them, and
 * the platforms that they are for fetch them; only the checksums are missing.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"

const help = `Usage: node bin/complete-lock.js [--root DIR]

Adds the platforms' packages to package-lock.json that npm left out because its registry lacks them, so that "npm ci"
takes the file. Run it after "npm install" when "npm run house" asks for it.

  --root DIR  the project whose lock file it is (default: the one that this script is in)
  --help      this text`

/**
 * @typedef {{ version?: string, dev?: boolean, devOptional?: boolean, peer?: boolean,
 *   optionalDependencies?: Record<string, string> }} Entry
 * @typedef {Record<string, Entry & Record<string, unknown>>} Packages
 */

const systems = new Set([
  "aix",
  "android",
  "darwin",
  "freebsd",
  "linux",
  "netbsd",
  "openbsd",
  "openharmony",
  "sunos",
  "win32"
])
const processors = new Set(["arm", "arm64", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "x64"])

/**
 * The platform that a package's name tells, as in `@rollup/rollup-linux-arm64-musl`; null when it tells none.
 * @param {string} name
 */
const platformOf = (name) => {
  const parts = name.slice(name.indexOf("/") + 1).split("-")
  const os = parts.find((part) => systems.has(part))
  const cpu = parts.find((part) => processors.has(part))
  if (os === undefined || cpu === undefined) return null
  const libc = os !== "linux" ? null : /-musl/.test(name) ? "musl" : /-(?:gnu|glibc)/.test(name) ? "glibc" : null
  return { cpu: [cpu], ...(libc === null ? {} : { libc: [libc] }), os: [os] }
}

/**
 * Where Node finds a package from another one's place, or null.
 * @param {Packages} packages
 * @param {string} from
 * @param {string} name
 * @returns {string | null}
 */
const find = (packages, from, name) => {
  const here = `${from === "" ? "" : `${from}/`}node_modules/${name}`
  if (Object.hasOwn(packages, here)) return here
  return from === "" ? null : find(packages, from.slice(0, Math.max(0, from.lastIndexOf("node_modules/") - 1)), name)
}

/**
 * @param {Packages} packages
 * @returns {{ complete: Packages, added: Array<string>, unknown: Array<string> }}
 */
const completed = (packages) => {
  const complete = { ...packages }
  /** @type {Array<string>} */
  const added = []
  /** @type {Array<string>} */
  const unknown = []
  for (const [from, entry] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const found = find(complete, from, name)
      const platform = platformOf(name)
      // A range is met by whatever was found; only exact versions are compared and made up for.
      const exact = /^\d+\.\d+\.\d+(?:-[\w.-]+)?$/.test(version)
      if (found !== null && (!exact || complete[found]?.version === version)) continue
      if (platform === null || !exact) {
        unknown.push(`${name}@${version}`)
        continue
      }
      const { dev, devOptional, peer } = entry
      complete[found === null ? `node_modules/${name}` : `${from}/node_modules/${name}`] = {
        version,
        cpu: platform.cpu,
        ...(dev === undefined ? {} : { dev }),
        ...(devOptional === undefined ? {} : { devOptional }),
        ...("libc" in platform ? { libc: platform.libc } : {}),
        optional: true,
        os: platform.os,
        ...(peer === undefined ? {} : { peer })
      }
      added.push(`${name}@${version}`)
    }
  }
  const sorted = Object.entries(complete).sort(([a], [b]) => a.localeCompare(b, "en"))
  return { complete: Object.fromEntries(sorted), added, unknown }
}

const args = process.argv.slice(2)
if (args.includes("--help") || args.includes("-h")) {
  console.log(help)
} else if (args.length > 0 && (args.length !== 2 || args[0] !== "--root" || !existsSync(String(args[1])))) {
  console.error(`Not understood: ${args.join(" ")}\n\n${help}`)
  process.exitCode = 2
} else {
  const file = join(resolve(args[1] ?? join(dirname(fileURLToPath(import.meta.url)), "..")), "package-lock.json")
  const lock = JSON.parse(readFileSync(file, "utf8"))
  const { added, complete, unknown } = completed(lock.packages)
  if (added.length > 0) writeFileSync(file, `${JSON.stringify({ ...lock, packages: complete }, null, 2)}\n`)
  console.log(`${added.length} package${added.length === 1 ? "" : "s"} added to package-lock.json.`)
  if (unknown.length > 0) {
    console.error(
      `Not added, since their names tell no platform or their versions are not exact: ${unknown.join(", ")}`
    )
    process.exitCode = 1
  }
}
