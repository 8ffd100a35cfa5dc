/** The repository's files as the house check and the drawing of the architecture read them. Plain Node, no dependencies. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join, relative, sep } from "node:path"

/**
 * @typedef {{ path: string, parts: ReadonlyArray<string>, text: string, code: string, comments: string }} Source
 */

export const codeFile = /\.(?:[cm]?[jt]s|[jt]sx)$/

/**
 * The program text twice, each as long as the original, line for line: once without comments and with empty strings
 * (quotes stay), and once with nothing but the comments. Knows enough of the language's tokens for that, not more: a
 * string or regular expression ends at its line's end at the latest, so a mistake (an apostrophe in JSX) stays there.
 * @param {string} text
 */
const separate = (text) => {
  const code = text.split("")
  const comments = text.replace(/[^\n]/g, " ").split("")
  /** @param {number} from @param {number} to */
  const blank = (from, to) => {
    for (let i = from; i < to; i++) if (code[i] !== "\n") code[i] = " "
  }
  /** Open braces per template literal that is open around the present place. @type {Array<number>} */
  const templates = []
  let before = ""
  let i = 0
  /** Reads a template's characters from `i` to its end or to `${`. */
  const template = () => {
    const from = i
    while (i < text.length && text[i] !== "`" && !text.startsWith("${", i)) i += text[i] === "\\" ? 2 : 1
    blank(from, Math.min(i, text.length))
    if (text[i] === "$") {
      templates.push(0)
      i += 2
      before = "{"
    } else {
      i += 1
      before = "`"
    }
  }
  while (i < text.length) {
    const c = text.charAt(i)
    const pair = text.slice(i, i + 2)
    if (pair === "//" || pair === "/*") {
      const end = pair === "//" ? text.indexOf("\n", i) : text.indexOf("*/", i + 2) + 2
      const to = end < i + 2 ? text.length : end
      for (let k = i; k < to; k++) comments[k] = text.charAt(k)
      blank(i, to)
      i = to
    } else if (
      c === "\"" || c === "'" ||
      (c === "/" && /^$|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|of|in)$/.test(before))
    ) {
      let k = i + 1
      let set = false
      while (k < text.length && text[k] !== "\n" && (text[k] !== c || set)) {
        if (c === "/" && text[k] === "[") set = true
        if (c === "/" && text[k] === "]") set = false
        k += text[k] === "\\" ? 2 : 1
      }
      blank(i + 1, Math.min(k, text.length))
      i = k + 1
      before = c
    } else if (c === "`") {
      i += 1
      template()
    } else if (c === "}" && templates.at(-1) === 0) {
      templates.pop()
      i += 1
      template()
    } else {
      const depth = templates.at(-1)
      if (depth !== undefined && c === "{") templates[templates.length - 1] = depth + 1
      if (depth !== undefined && c === "}") templates[templates.length - 1] = depth - 1
      // Kept are the last sign, or the whole of the last word.
      if (/\S/.test(c)) before = /\w/.test(c) ? (/\w/.test(text.charAt(i - 1)) ? before + c : c) : c
      i += 1
    }
  }
  return { code: code.join(""), comments: comments.join("") }
}

/**
 * All files below a directory, with `/` in their paths, sorted; what installs and builds leave behind apart.
 * @param {string} root
 * @param {string} below
 * @returns {Array<string>}
 */
export const filesBelow = (root, below) => {
  const directory = join(root, below)
  if (!existsSync(directory)) return []
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)).split(sep).join("/"))
    .filter((path) => !/(?:^|\/)(?:node_modules|dist)\//.test(path))
    .sort()
}

/** @param {string} text @param {number} index */
export const lineAt = (text, index) => text.slice(0, index).split("\n").length

/**
 * What a file imports or re-exports, wherever it does so.
 * @param {Source} source
 */
export const importsOf = (source) =>
  [...source.code.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)(["'])( *)\1/g)].map((match) => {
    const start = match.index + match[0].length - 1 - (match[2] ?? "").length
    const head = source.code.slice(0, match.index)
    const statement = head.slice(Math.max(head.lastIndexOf("import"), head.lastIndexOf("export")))
    return {
      line: lineAt(source.text, start),
      specifier: source.text.slice(start, start + (match[2] ?? "").length),
      typesOnly: match[0].startsWith("from") && /^(?:import|export)\s+type\s*[\w{*]/.test(statement) &&
        !/^import\s+type\s*(?:,|$)/.test(statement)
    }
  })

/**
 * @param {string} root
 * @param {string} path from there, with `/`
 * @returns {Source}
 */
export const sourceOf = (root, path) => {
  const text = readFileSync(join(root, path), "utf8")
  return {
    path,
    parts: path.split("/"),
    text,
    ...(codeFile.test(path) ? separate(text) : { code: "", comments: "" })
  }
}
