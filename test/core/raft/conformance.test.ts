/**
 * Quorum and configuration arithmetic against the cases of etcd's raft: the index, vote, configuration or refusal is
 * what is compared, and drawings above it are not. Ids are numbers there; 0 stands for no node, and `u` for a change of
 * what is known of a node outside of Raft: neither has a counterpart here.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { type Configuration, initial, isJoint } from "../../../src/core/raft/Configuration.ts"
import * as ConfigurationChange from "../../../src/core/raft/ConfigurationChange.ts"
import { defaults } from "../../../src/core/raft/Options.ts"
import { follow, type Progress } from "../../../src/core/raft/Progress.ts"
import { reached, verdict } from "../../../src/core/raft/Quorum.ts"
import type { PeerId } from "../../../src/protocol/Ids.ts"

const directory = join(process.cwd(), "..", "shared", "conformance", "etcd-raft")
const present = existsSync(directory)

interface Case {
  readonly line: number
  readonly command: string
  /** `name=value`; of `(1,2)` the parts. */
  readonly args: ReadonlyMap<string, ReadonlyArray<string>>
  readonly input: ReadonlyArray<string>
  readonly expected: ReadonlyArray<string>
}

const argsOf = (text: string): Case["args"] =>
  new Map(
    [...text.matchAll(/(\w+)=(?:\(([^)]*)\)|(\S+))/g)].map(([, name, list, word]) => [
      name!,
      list === undefined ? [word!] : list.split(",").map((part) => part.trim()).filter((part) => part !== "")
    ])
  )

/** `command args`, input lines, `----`, expected lines up to an empty one. */
const casesOf = (text: string): ReadonlyArray<Case> => {
  const cases: Array<Case> = []
  const lines = text.split("\n")
  for (let at = 0; at < lines.length; at++) {
    if (lines[at]!.trim() === "" || lines[at]!.startsWith("#")) continue
    const line = at + 1
    const [command = ""] = lines[at]!.split(" ")
    const args = argsOf(lines[at]!.slice(command.length))
    const input: Array<string> = []
    while (lines[++at] !== "----") {
      if (at >= lines.length) throw new Error(`line ${line}: no answer follows`)
      input.push(lines[at]!)
    }
    const expected: Array<string> = []
    while (++at < lines.length && lines[at]!.trim() !== "") expected.push(lines[at]!)
    cases.push({ line, command, args, input, expected })
  }
  return cases
}

const files = (folder: string): ReadonlyArray<readonly [file: string, cases: ReadonlyArray<Case>]> =>
  readdirSync(join(directory, folder)).sort()
    .map((file) => [file, casesOf(readFileSync(join(directory, folder, file), "utf8"))])

const idsOf = (args: Case["args"], name: string): ReadonlyArray<PeerId> =>
  (args.get(name) ?? []).filter((id) => id !== "zero") as ReadonlyArray<string> as ReadonlyArray<PeerId>

/** What the values belong to: the voters of both halves, each once, in order. */
const valuesOf = (args: Case["args"], name: string): ReadonlyMap<PeerId, string> => {
  const ids = [...new Set([...idsOf(args, "cfg"), ...idsOf(args, "cfgj")])].sort((a, b) => Number(a) - Number(b))
  return new Map(ids.map((id, at) => [id, args.get(name)?.[at] ?? "_"]))
}

const checkQuorum = ({ args, command, expected, line }: Case): void => {
  const configuration = { voters: idsOf(args, "cfg"), outgoing: idsOf(args, "cfgj") }
  const wanted = expected.at(-1)!
  if (command === "committed") {
    const indexes = valuesOf(args, "idx")
    const index = reached(configuration, (id) => Number(indexes.get(id)!.replace("_", "0")))
    assert.strictEqual(index, wanted.endsWith("∞") ? Infinity : Number(wanted), `line ${line}`)
  } else {
    assert.strictEqual(command, "vote", `line ${line}`)
    const votes = valuesOf(args, "votes")
    const said = new Map([["y", true], ["n", false]])
    const result = verdict(configuration, (id) => said.get(votes.get(id)!))
    assert.strictEqual(`Vote${result}`.toLowerCase(), wanted.toLowerCase(), `line ${line}`)
  }
}

const refusals: Readonly<Record<ConfigurationChange.ChangeRefusal, ReadonlyArray<string>>> = {
  "no-voters": ["removed all voters", "can't make a zero-voter config joint"],
  "more-than-one-voter": ["more than one voter changed without entering joint config"],
  joint: ["config is already joint", "can't apply simple config change in joint config"],
  "not-joint": ["can't leave a non-joint config"],
  "too-many-members": []
}

const kinds = { v: "voter", l: "learner", r: "remove" } as const

const changesOf = (input: ReadonlyArray<string>): ReadonlyArray<ConfigurationChange.Change> =>
  input.flatMap((line) => line.split(" ")).flatMap((word) => {
    const kind = word.charAt(0)
    const node = word.slice(1) as PeerId
    return node === "0" || kind === "u" ? [] : [{ _tag: kinds[kind as keyof typeof kinds], node }]
  })

const requestOf = ({ args, command, input }: Case): ConfigurationChange.ChangeRequest => {
  switch (command) {
    case "simple":
      return { _tag: "simple", changes: changesOf(input) }
    case "enter-joint":
      return { _tag: "enter-joint", changes: changesOf(input), autoLeave: args.get("autoleave")?.[0] === "true" }
    case "leave-joint":
      return { _tag: "leave-joint" }
    default:
      throw new Error(`unknown command ${command}`)
  }
}

const numeric = (ids: Iterable<PeerId>): ReadonlyArray<PeerId> => [...ids].sort((a, b) => Number(a) - Number(b))

const list = (ids: ReadonlyArray<PeerId>): string => `(${numeric(ids).join(" ")})`

const show = (configuration: Configuration, table: ReadonlyMap<PeerId, Progress>): ReadonlyArray<string> => {
  const { autoLeave, learners, learnersNext, outgoing, voters } = configuration
  const modes = { probe: "StateProbe", replicate: "StateReplicate", snapshot: "StateSnapshot" }
  return [
    `voters=${list(voters)}${isJoint(configuration) ? `&&${list(outgoing)}` : ""}`
    + (learners.length > 0 ? ` learners=${list(learners)}` : "")
    + (learnersNext.length > 0 ? ` learners_next=${list(learnersNext)}` : "")
    + (autoLeave ? " autoleave" : ""),
    ...numeric(table.keys()).map((id) => {
      const { match, mode, next } = table.get(id)!
      return `${id}: ${modes[mode]} match=${match} next=${next}${learners.includes(id) ? " learner" : ""}`
    })
  ]
}

/** Each command is an entry of the log, and newcomers are probed at the last. */
const checkChanges = (cases: ReadonlyArray<Case>): void => {
  let configuration = initial([])
  const table = new Map<PeerId, Progress>()
  for (const [index, one] of cases.entries()) {
    const changed = ConfigurationChange.apply(configuration, requestOf(one))
    if (changed._tag === "refused") {
      assert.include(refusals[changed.reason], one.expected[0], `line ${one.line}`)
      continue
    }
    configuration = changed.configuration
    follow(table, configuration, index, defaults)
    assert.deepEqual(show(configuration, table), one.expected, `line ${one.line}`)
  }
}

describe.runIf(present)("as etcd's raft", () => {
  if (!present) return
  it("there are cases of both kinds", () => {
    for (const folder of ["quorum", "confchange"]) assert.isNotEmpty(files(folder), folder)
  })
  for (const [file, cases] of files("quorum")) {
    it(`${file}: ${cases.length} cases`, () => {
      assert.isAbove(cases.length, 0)
      for (const one of cases) checkQuorum(one)
    })
  }
  for (const [file, cases] of files("confchange")) {
    it(`${file}: ${cases.length} cases`, () => {
      assert.isAbove(cases.length, 0)
      checkChanges(cases)
    })
  }
})

if (!present) it.skip(`as etcd's raft: skipped, ${directory} is not there`)
