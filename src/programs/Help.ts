/**
 * `--help`, one line per option: rendered here from what the commands say of themselves, since @effect/cli's own text
 * takes six lines for each and as many columns as the longest usage.
 */
import { CliConfig, CommandDescriptor, type HelpDoc, type Span } from "@effect/cli"
import type { Ink } from "./Ink.ts"

type Descriptor = CommandDescriptor.Command<unknown>

/** What @effect/cli says of every option of a kind. */
const saysNothing = new Set([
  "A user-defined piece of text.",
  "An integer.",
  "A true or false value.",
  "This setting is optional.",
  "This option can be set from environment variables.",
  "This option may be repeated zero or more times."
])

const textOf = (span: Span.Span): string => {
  switch (span._tag) {
    case "Text":
    case "URI":
      return span.value
    case "Sequence":
      return textOf(span.left) + textOf(span.right)
    default:
      return textOf(span.value)
  }
}

type Block = Exclude<HelpDoc.HelpDoc, HelpDoc.Sequence | HelpDoc.Empty>

const blocksOf = (doc: HelpDoc.HelpDoc): ReadonlyArray<Block> =>
  doc._tag === "Empty" ? [] : doc._tag === "Sequence" ? [...blocksOf(doc.left), ...blocksOf(doc.right)] : [doc]

const paragraphsOf = (doc: HelpDoc.HelpDoc): ReadonlyArray<string> =>
  blocksOf(doc).flatMap((block) => block._tag === "Paragraph" || block._tag === "Header" ? [textOf(block.value)] : [])

interface Entry {
  readonly name: string
  readonly text: string
}

/** The paragraphs and definitions below each header. */
const sectionsOf = (doc: HelpDoc.HelpDoc) => {
  const sections = new Map<string, { readonly paragraphs: Array<string>; readonly entries: Array<Entry> }>()
  let current = { paragraphs: [] as Array<string>, entries: [] as Array<Entry> }
  for (const block of blocksOf(doc)) {
    if (block._tag === "Header") {
      current = { paragraphs: [], entries: [] }
      sections.set(textOf(block.value), current)
    } else if (block._tag === "Paragraph") current.paragraphs.push(textOf(block.value))
    else if (block._tag === "DescriptionList") {
      for (const [name, text] of block.definitions) {
        const says = paragraphsOf(text).filter((one) =>
          !saysNothing.has(one) && !(one.startsWith("One of the following:") && textOf(name).includes(" | "))
        )
        current.entries.push({ name: textOf(name), text: says.join("; ") })
      }
    }
  }
  return sections
}

const config: CliConfig.CliConfig = { ...CliConfig.defaultConfig, showBuiltIns: false }

/**
 * What commands are made of. Not told by @effect/cli, whose `getSubcommands` looks one level deep only; where this should
 * change, commands below commands are left out of the help.
 */
interface Instruction {
  readonly _tag?: string
  readonly command?: Descriptor
  readonly children?: ReadonlyArray<Descriptor>
}

const subcommandsOf = (command: Descriptor): ReadonlyArray<readonly [name: string, command: Descriptor]> => {
  const { _tag, children = [], command: inner } = command as Instruction
  if (_tag === "Map" && inner !== undefined) return subcommandsOf(inner)
  return (_tag === "Subcommands" ? children : [])
    .flatMap((child) => Array.from(CommandDescriptor.getNames(child), (name) => [name, child] as const))
    .sort(([a], [b]) => a < b ? -1 : 1)
}

const describe = (command: Descriptor): string =>
  sectionsOf(CommandDescriptor.getHelp(command, config)).get("DESCRIPTION")?.paragraphs.join(" ") ?? ""

/** The command that arguments begin with, and what comes after it. */
const find = (root: Descriptor, program: string, args: ReadonlyArray<string>) => {
  const path: Array<string> = []
  let command = root
  for (const arg of args) {
    const next = subcommandsOf(command).find(([name]) => name === arg)
    if (next === undefined) break
    path.push(arg)
    command = next[1]
  }
  return { command, name: [program, ...path].join(" "), rest: args.slice(path.length) }
}

const indented = (entries: ReadonlyArray<Entry>, ink: Ink, columns: number): ReadonlyArray<string> => {
  const left = Math.min(30, Math.max(...entries.map(({ name }) => name.length)))
  return entries.flatMap(({ name, text }) => {
    const lines = wrap(text, Math.max(30, columns - left - 4))
    const hanging = lines.map((line) => `  ${" ".repeat(left)}  ${line}`)
    return name.length > left
      ? [`  ${ink.bold(name)}`, ...hanging]
      : [`  ${ink.bold(name)}${" ".repeat(left - name.length)}  ${lines[0] ?? ""}`.trimEnd(), ...hanging.slice(1)]
  })
}

const wrap = (text: string, columns: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  for (const word of text.split(" ")) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= columns) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

const everywhere: ReadonlyArray<Entry> = [
  { name: "--help, -h", text: "this text; each command has its own" },
  { name: "--version", text: "the program's version" },
  {
    name: "--log-level LEVEL",
    text: "what is logged, to standard error: debug, info, warning (the default), error, none"
  },
  { name: "--completions SHELL", text: "prints a completion script for sh, bash, fish or zsh" }
]

/** The help that a command line asks for, or null: then it is to be run. `program` stands before the commands' names. */
export const asked = (
  root: Descriptor,
  program: string,
  args: ReadonlyArray<string>,
  ink: Ink,
  columns: number
): string | null => {
  const { command, name, rest } = find(root, program, args)
  const unfinished = rest.length === 0 && subcommandsOf(command).length > 0
  const end = rest.indexOf("--")
  const options = end === -1 ? rest : rest.slice(0, end)
  if (!unfinished && !options.includes("--help") && !options.includes("-h")) return null
  const sections = sectionsOf(CommandDescriptor.getHelp(command, config))
  const named = sections.get("OPTIONS")?.entries ?? []
  const positional = sections.get("ARGUMENTS")?.entries ?? []
  const below = subcommandsOf(command).map(([sub, descriptor]): Entry => ({
    name: `${name} ${sub}`,
    text: describe(descriptor)
  }))
  const usage = [
    name,
    ...(below.length > 0 ? ["<command>"] : []),
    ...positional.map((entry) => entry.name),
    ...(named.length > 0 ? ["[options]"] : [])
  ].join(" ")
  const section = (title: string, entries: ReadonlyArray<Entry>): ReadonlyArray<string> =>
    entries.length === 0 ? [] : ["", ink.bold(title), ...indented(entries, ink, columns)]
  return [
    ink.bold(usage),
    "",
    ...wrap(describe(command), columns),
    ...section("Commands", below),
    ...section("Arguments", positional),
    ...section("Options", named),
    ...section("With every command", everywhere)
  ].join("\n")
}

/** Where to read on when a command line was not understood. */
export const hint = (root: Descriptor, program: string, args: ReadonlyArray<string>): string =>
  `"${find(root, program, args).name} --help" tells what can be said.`
