#!/usr/bin/env node
/**
 * The house's rules that neither the compiler nor the linter knows. Plain Node, no dependencies.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join, posix, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { drawn } from "./draw-architecture.js"
import { codeFile, filesBelow, importsOf, lineAt, sourceOf } from "./sources.js"

const help = `Usage: node bin/check-house.js [--root DIR]

Checks the rules of the house that neither the compiler nor the linter knows:

  imports     who may import whom: protocol ← core ← games ← services ← layers ← simulation ← programs,
              never the other way; web takes protocol, core, games and services; src/index.ts may take all;
              nothing of src imports what is outside of it, and bench takes anything of src
  floors      src/layers has folders only, each on a floor, and imports the floors below its own; the table is in
              bin/check-house.js
  packages    no node: modules in protocol, core, games, services and web; no Effect in core (types are fine)
  names       no directory or file named utils, common, helpers or misc
  length      no file under src or bench with more than 600 lines
  run-main    runMain only in src/programs
  barrels     "export *" only in src/index.ts and src/*/index.ts
  marks       no TODO, FIXME or XXX under src or bench
  arithmetic  no ** in src/games: its last bits differ between engines
  retries     no test is tried again: a promise that breaks in one run of three is broken
  reasons     whoever switches a lint or type rule off under src or bench says why, in that comment or the one
              before it
  drawn       the diagrams of docs/architecture are what bin/draw-architecture.js draws of the code
  paths       files that documents name in code (src/…, test/…, bin/…, docs/…, bench/…, .ci/…) or link to are there;
              CHANGELOG.md tells of times past, and may name what is gone
  lock        package-lock.json has one copy of effect, each @effect package, react and phaser, every platform's
              packages, and no addresses

Prints one line per violation, with its place and what to do. Exits with 1 when there is any.

  --root DIR  the project to check (default: the one that this script is in)
  --help      this text`

/** What each room of the house may take, itself apart. */
const mayTake = {
  protocol: [],
  core: ["protocol"],
  games: ["protocol", "core"],
  services: ["protocol", "core", "games"],
  layers: ["protocol", "core", "games", "services"],
  simulation: ["protocol", "core", "games", "services", "layers"],
  testing: ["protocol", "core", "games", "services", "layers"],
  programs: ["protocol", "core", "games", "services", "layers", "simulation", "web"],
  web: ["protocol", "core", "games", "services"]
}

/** The folders of src/layers from the ground up: each takes what lies below its own floor, and nothing beside it. */
const floors = [
  ["queues", "udp"],
  ["identity", "discovery", "health", "links"],
  ["raft", "broker"],
  ["group"],
  ["election", "ticking"],
  ["committed"],
  ["clients"],
  ["screens"],
  ["engine", "eventrelay"],
  ["virtual"],
  ["node"]
]
/** @param {string} folder */
const floorOf = (folder) => floors.findIndex((folders) => folders.includes(folder))

/** The rooms that run on Node only. */
const onNode = new Set(["layers", "simulation", "testing", "programs"])

const linesMax = 600
/** Places whose file names are checked. */
const named = ["src", "test", "bench", "bin", "docs"]
const textFile = /\.(?:[cm]?[jt]s|[jt]sx|css|html|json|md|txt|svg|glsl)$/
/** Packages that break when there are two of them: tags, hooks and registries are compared by reference. */
const onlyOnce = /^(?:effect|@effect\/.*|@effect-atom\/.*|react|react-dom|phaser)$/

/**
 * @typedef {{ file: string, line: number, rule: string, text: string }} Violation
 * @typedef {import("./sources.js").Source} Source
 */

/**
 * The places where a pattern (with the flag g) matches.
 * @param {Source} source
 * @param {string} text
 * @param {RegExp} pattern
 * @param {string} rule
 * @param {(match: RegExpMatchArray) => string} say
 * @returns {Array<Violation>}
 */
const matches = (source, text, pattern, rule, say) =>
  [...text.matchAll(pattern)].map((match) => ({
    file: source.path,
    line: lineAt(text, match.index),
    rule,
    text: say(match)
  }))

/**
 * @param {Source} source
 * @returns {Array<Violation>}
 */
const checkImports = (source) => {
  const room = source.parts[1] ?? ""
  const place = { file: source.path, rule: "imports" }
  if (source.parts.length === 2) {
    return room === "index.ts" ? [] : [{
      ...place,
      line: 1,
      text: `only index.ts lives in src itself: move ${room} into one of ${Object.keys(mayTake).join(", ")}`
    }]
  }
  if (!Object.hasOwn(mayTake, room)) {
    return [{ ...place, line: 1, text: `src has no room named ${room}: use one of ${Object.keys(mayTake).join(", ")}` }]
  }
  const allowed = mayTake[/** @type {keyof typeof mayTake} */ (room)]
  return importsOf(source).flatMap(({ line, specifier, typesOnly }) => {
    /** @param {string} text @param {string} rule @returns {Array<Violation>} */
    const violation = (text, rule = "imports") => [{ file: source.path, line, rule, text }]
    if (/^hostless(?:\/|$)/.test(specifier)) {
      return violation(`"${specifier}" is this package itself: import the file by its relative path`)
    }
    if (!specifier.startsWith(".")) {
      if (typesOnly) return []
      if (specifier.startsWith("node:") && !onNode.has(room)) {
        return violation(`${room} must run anywhere: put what needs "${specifier}" into src/layers`, "packages")
      }
      return room === "core" && /^(?:effect|@effect\/.*)(?:\/|$)/.test(specifier)
        ? violation(`core is plain functions: leave "${specifier}" to services and layers`, "packages")
        : []
    }
    const target = posix.normalize(posix.join(posix.dirname(source.path), specifier))
    if (!target.startsWith("src/")) return violation(`"${specifier}" leaves src: what src needs must be in src`)
    const taken = target.split("/")[1] ?? ""
    if (room === "layers" && taken === room) return checkFloors(source, line, target)
    if (taken === room || allowed.some((name) => name === taken)) return []
    return violation(
      Object.hasOwn(mayTake, taken)
        ? `${room} may not import ${taken} (${room} takes ${
          allowed.join(", ") || "nothing"
        }): move what both need down, or the importer up`
        : `only users of the package import ${target}: import the file that defines it`
    )
  })
}

/**
 * An import within src/layers goes down, or stays in its folder; src/layers/index.ts takes all.
 * @param {Source} source
 * @param {number} line
 * @param {string} target
 * @returns {Array<Violation>}
 */
const checkFloors = (source, line, target) => {
  const folder = source.parts[2] ?? ""
  const taken = target.split("/")[2] ?? ""
  if (source.parts.length === 3 || taken === folder || floorOf(taken) < floorOf(folder)) return []
  return [{
    file: source.path,
    line,
    rule: "floors",
    text: `layers/${folder} may not import layers/${taken}, which is not below it: ` +
      `${floors.slice(0, floorOf(folder)).flat().join(", ") || "nothing"} may be taken`
  }]
}

/**
 * Files of src/layers live in the folders that have a floor.
 * @param {Source} source
 * @returns {Array<Violation>}
 */
const checkFolder = ({ parts, path }) => {
  if (parts[1] !== "layers" || path === "src/layers/index.ts") return []
  const folder = parts.length === 3 ? "layers itself" : parts[2] ?? ""
  return floorOf(folder) >= 0 ? [] : [{
    file: path,
    line: 1,
    rule: "floors",
    text: `${folder} has no floor: use one of ${floors.flat().join(", ")}, or give it one in bin/check-house.js`
  }]
}

/**
 * What holds for the program and for the studies alike.
 * @param {Source} source
 * @returns {Array<Violation>}
 */
const checkText = (source) => {
  const lines = source.text.split("\n").length - (source.text.endsWith("\n") ? 1 : 0)
  return [
    ...(lines > linesMax && !source.path.endsWith(".json")
      ? [{
        file: source.path,
        line: linesMax + 1,
        rule: "length",
        text: `${lines} lines, ${linesMax} at most: split it by idea, one file each`
      }]
      : []),
    ...matches(
      source,
      source.text,
      /\b(?:TODO|FIXME|XXX)\b/g,
      "marks",
      (match) => `${match[0]}: do it now, or say in a comment what is and why`
    ),
    ...checkReasons(source)
  ]
}

/**
 * What holds for the program alone.
 * @param {Source} source
 * @returns {Array<Violation>}
 */
const checkSource = (source) => {
  const isCode = codeFile.test(source.path)
  return [
    ...(isCode ? [...checkImports(source), ...checkFolder(source)] : []),
    ...(isCode && source.parts[1] !== "programs"
      ? matches(
        source,
        source.code,
        /\brunMain\b/g,
        "run-main",
        () => "runMain belongs in src/programs: export an Effect or a Layer from here"
      )
      : []),
    ...(isCode && !/^src\/(?:[^/]+\/)?index\.ts$/.test(source.path)
      ? matches(
        source,
        source.code,
        /\bexport\s+(?:type\s+)?\*/g,
        "barrels",
        () => "no barrel here: export by name, or from src/index.ts or src/*/index.ts"
      )
      : []),
    ...(isCode && source.parts[1] === "games"
      ? matches(
        source,
        source.code,
        /\*\*/g,
        "arithmetic",
        () => "** differs in its last bits between engines: multiply instead"
      )
      : [])
  ]
}

/**
 * Each name once, where it first occurs in the sorted list.
 * @param {ReadonlyArray<string>} files
 * @returns {Array<Violation>}
 */
const checkNames = (files) => {
  const told = new Set()
  return files.flatMap((file) => {
    const parts = file.split("/")
    const at = parts.findIndex((part) => /^(?:utils?|commons?|helpers?|misc)(?:\.|$)/i.test(part))
    const path = parts.slice(0, at + 1).join("/")
    if (at < 0 || told.has(path)) return []
    told.add(path)
    return [{ file: path, line: 1, rule: "names", text: `"${parts[at]}" says nothing: name it for the idea it holds` }]
  })
}

/**
 * The reason is in the comment itself, or in a comment that ends on the line before.
 * @param {Source} source
 * @returns {Array<Violation>}
 */
const checkReasons = (source) => {
  const lines = source.comments.split("\n")
  return matches(
    source,
    source.comments,
    /\b(?:oxlint|eslint)-disable\b(?![^\n]* -- \S)|@ts-(?:ignore|nocheck|expect-error)\b(?![^\n\w]*\w)/g,
    "reasons",
    (match) => `say why, in the same comment ("${match[0]} … -- the reason") or in one before it`
  ).filter(({ line }) => (lines[line - 2] ?? "").trim() === "")
}

/**
 * @param {string} root
 * @returns {Array<Violation>}
 */
const checkDrawn = (root) =>
  drawn(root).filter((page) => page.drawn !== page.text).map(({ drawn, path, text }) => {
    const lines = drawn.split("\n")
    return {
      file: path,
      line: text.split("\n").findIndex((line, index) => line !== lines[index]) + 1,
      rule: "drawn",
      text: "the code is another by now: run node bin/draw-architecture.js"
    }
  })

/**
 * What documents say in code and name as a file or a folder, with `*` for any name; and what they link to.
 * @param {string} root
 * @returns {Array<Violation>}
 */
const checkPaths = (root) => {
  const tops = readdirSync(root).filter((name) => name.endsWith(".md") && name !== "CHANGELOG.md")
  const documents = [...tops, ...["docs", "bench", ".github"].flatMap((folder) => filesBelow(root, folder))]
    .filter((path) => path.endsWith(".md"))
  const all = () => ["src", "test", "bin", "docs", "bench", ".ci"].flatMap((folder) => filesBelow(root, folder))
  /** @type {Array<string> | null} */
  let known = null
  /** @param {string} path */
  const isThere = (path) => {
    if (!path.includes("*")) return existsSync(join(root, path))
    known ??= all()
    const pattern = new RegExp(`^${path.split("*").map((part) => part.replace(/[.]/g, "\\.")).join("[^/]*")}(?:/|$)`)
    return known.some((file) => pattern.test(file))
  }
  return documents.flatMap((file) => {
    const text = readFileSync(join(root, file), "utf8")
    /** @param {number} index @param {string} path @returns {Array<Violation>} */
    const look = (index, path) =>
      isThere(path) ? [] : [{
        file,
        line: lineAt(text, index),
        rule: "paths",
        text: `there is no ${path}: name what took its place`
      }]
    const code = [...text.matchAll(/^```[^]*?^```|`[^`\n]+`/gm)].flatMap((span) =>
      [...span[0].matchAll(/(?<![\w./@-])(?:(?:src|test|bin|docs|bench)\/|\.ci\/)[\w./*-]*[\w*/]/g)]
        .flatMap((match) => look(span.index + match.index, match[0]))
    )
    const links = [...text.matchAll(/\]\((?!\w+:)([^)#\s]+)(?:#[^)\s]*)?\)/g)].flatMap((match) =>
      look(match.index, posix.normalize(posix.join(posix.dirname(file), match[1] ?? "")))
    )
    return [...code, ...links]
  })
}

/**
 * @param {string} root
 * @returns {Array<Violation>}
 */
const checkLock = (root) => {
  const file = "package-lock.json"
  if (!existsSync(join(root, file))) return []
  const text = readFileSync(join(root, file), "utf8")
  /** @type {Record<string, { optionalDependencies?: Record<string, string> }>} */
  const packages = JSON.parse(text).packages ?? {}
  const folder = "node_modules/"
  /** Where each package is, by its name. @type {Map<string, Array<string>>} */
  const copies = new Map()
  for (const path of Object.keys(packages).filter((each) => each.includes(folder))) {
    const name = path.slice(path.lastIndexOf(folder) + folder.length)
    copies.set(name, [...(copies.get(name) ?? []), path])
  }
  /** @param {string} path @param {string} say @returns {Violation} */
  const violation = (path, say) => ({
    file,
    line: lineAt(text, Math.max(0, text.indexOf(JSON.stringify(path)))),
    rule: "lock",
    text: say
  })
  const addresses = /"resolved": "https?:/.exec(text)
  return [
    ...[...copies].filter(([name, paths]) => paths.length > 1 && onlyOnce.test(name)).map(([name, paths]) =>
      violation(
        paths.at(-1) ?? "",
        `${paths.length} copies of ${name} (${paths.join(", ")}): bring them to one version, by "overrides" if need be`
      )
    ),
    ...Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) => {
      const missing = Object.keys(optionalDependencies).filter((name) => !copies.has(name))
      return missing.length === 0
        ? []
        : [violation(path, `"npm ci" will refuse it without ${missing.join(", ")}: run node bin/complete-lock.js`)]
    }),
    ...(addresses === null ? [] : [{
      file,
      line: lineAt(text, addresses.index),
      rule: "lock",
      text: "addresses of one registry: run npm install with --omit-lockfile-registry-resolved"
    }])
  ]
}

/**
 * @param {string} root
 * @returns {Array<Violation>}
 */
const check = (root) => {
  const files = named.flatMap((directory) => filesBelow(root, directory))
  const sources = files.filter((path) => textFile.test(path)).map((path) => sourceOf(root, path))
  return [
    ...checkNames(files),
    ...sources.filter(({ parts }) => parts[0] === "src" || parts[0] === "bench").flatMap(checkText),
    ...sources.filter(({ parts }) => parts[0] === "src").flatMap(checkSource),
    ...sources.filter((source) => source.parts[0] === "test").flatMap((source) =>
      matches(
        source,
        source.code,
        /\bretry\s*:\s*[1-9{]/g,
        "retries",
        () =>
          "a promise is never tried again; a bound on time grows with how late the machine is (test/process/machine.ts)"
      )
    ),
    ...checkDrawn(root),
    ...checkPaths(root),
    ...checkLock(root)
  ].sort((a, b) => a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line)
}

const args = process.argv.slice(2)
if (args.includes("--help") || args.includes("-h")) {
  console.log(help)
} else if (args.length > 0 && (args.length !== 2 || args[0] !== "--root" || !existsSync(String(args[1])))) {
  console.error(`Not understood: ${args.join(" ")}\n\n${help}`)
  process.exitCode = 2
} else {
  const root = resolve(args[1] ?? join(dirname(fileURLToPath(import.meta.url)), ".."))
  const violations = check(root)
  for (const { file, line, rule, text } of violations) console.log(`${file}:${line} ${rule}: ${text}`)
  console.log(
    violations.length === 0
      ? "The house is in order."
      : `${violations.length} violation${violations.length === 1 ? "" : "s"} of the house's rules (--help lists them).`
  )
  process.exitCode = violations.length === 0 ? 0 : 1
}
