#!/usr/bin/env node
/**
 * Draws who imports whom from the imports themselves, into docs/architecture. Plain Node, no dependencies.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join, posix, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { codeFile, filesBelow, importsOf, sourceOf } from "./sources.js"

const help = `Usage: node bin/draw-architecture.js [--root DIR]

Draws the rooms of src, and the folders of src/layers, as Mermaid diagrams of who imports whom, each between its two
marks in the files of docs/architecture. An arrow that others imply is left out: with A → B → C there is no A → C.
The house check refuses drawings that are not up to date.

  --root DIR  the project to draw (default: the one that this script is in)
  --help      this text`

/** Whatever is drawn: what a file of src belongs to there, or null. @type {Record<string, (path: string) => string | null>} */
const drawings = {
  rooms: (path) => path.split("/").length > 2 ? path.split("/")[1] ?? null : null,
  layers: (path) => /^src\/layers\/([^/]+)\//.exec(path)?.[1] ?? null
}

/**
 * Who takes what, by the imports of all files, types' included.
 * @param {ReadonlyArray<import("./sources.js").Source>} sources
 * @param {(path: string) => string | null} partOf
 * @returns {Map<string, Set<string>>}
 */
const takes = (sources, partOf) => {
  /** @type {Map<string, Set<string>>} */
  const all = new Map()
  for (const source of sources) {
    const part = partOf(source.path)
    if (part === null) continue
    const taken = all.get(part) ?? new Set()
    all.set(part, taken)
    for (const { specifier } of importsOf(source)) {
      if (!specifier.startsWith(".")) continue
      const other = partOf(posix.normalize(posix.join(posix.dirname(source.path), specifier)))
      if (other !== null && other !== part) taken.add(other)
    }
  }
  return all
}

/**
 * Whether there is a way from one to the other by way of a third.
 * @param {Map<string, Set<string>>} all
 * @param {string} from
 * @param {string} to
 */
const isImplied = (all, from, to) => {
  const seen = new Set([from, to])
  const waiting = [...all.get(from) ?? []].filter((next) => next !== to)
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next)) continue
    seen.add(next)
    const further = all.get(next) ?? new Set()
    if (further.has(to)) return true
    waiting.push(...further)
  }
  return false
}

/** @param {Map<string, Set<string>>} all */
const diagram = (all) => {
  const arrows = [...all.keys()].sort().flatMap((from) => {
    const to = [...all.get(from) ?? []].filter((other) => !isImplied(all, from, other)).sort()
    return to.length > 0 ? [`  ${from} --> ${to.join(" & ")}`] : []
  })
  return ["```mermaid", "flowchart TD", ...arrows, "```"].join("\n")
}

/**
 * The files with drawings: what they say, and what they should say.
 * @param {string} root
 * @returns {Array<{ path: string, text: string, drawn: string }>}
 */
export const drawn = (root) => {
  const pages = filesBelow(root, "docs/architecture").filter((path) => path.endsWith(".md"))
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }))
    .filter(({ text }) => text.includes("<!-- drawn: "))
  if (pages.length === 0) return []
  const sources = filesBelow(root, "src").filter((path) => codeFile.test(path)).map((path) => sourceOf(root, path))
  return pages.map(({ path, text }) => ({
    path,
    text,
    drawn: text.replace(
      /(<!-- drawn: (\w+)[^\n]*-->\n)[^]*?(<!-- end -->)/g,
      (whole, /** @type {string} */ begin, /** @type {string} */ name, /** @type {string} */ end) => {
        const partOf = drawings[name]
        return partOf === undefined ? whole : `${begin}\n${diagram(takes(sources, partOf))}\n\n${end}`
      }
    )
  }))
}

const main = () => {
  const args = process.argv.slice(2)
  if (args.includes("--help") || args.includes("-h")) return console.log(help)
  if (args.length > 0 && (args.length !== 2 || args[0] !== "--root" || !existsSync(String(args[1])))) {
    console.error(`Not understood: ${args.join(" ")}\n\n${help}`)
    process.exitCode = 2
    return
  }
  const root = resolve(args[1] ?? join(dirname(fileURLToPath(import.meta.url)), ".."))
  for (const page of drawn(root)) {
    if (page.drawn !== page.text) writeFileSync(join(root, page.path), page.drawn)
    console.log(`${page.path}: ${page.drawn === page.text ? "up to date" : "drawn anew"}`)
  }
}

if (resolve(process.argv[1] ?? "") === fileURLToPath(import.meta.url)) main()
