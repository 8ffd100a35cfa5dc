/**
 * Failure detection by script, in the style of etcd's raft: each file is a story, with what is expected after each group
 * of commands. `REWRITE=1` writes down what is so now, to be read before it is believed.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { assert, describe, it } from "vitest"
import { Script } from "./health/Script.ts"

const folder = new URL("./health/", import.meta.url)
const rewrites = process.env["REWRITE"] === "1"

/** The script with what is said now in place of what is expected. */
const run = (text: string): string => {
  const script = new Script()
  return text.split("\n\n").map((block) => {
    const commands = block.split("\n----")[0]!
    if (!block.includes("\n----")) return block
    const said = commands.split("\n").filter((line) => !line.startsWith("#")).flatMap((command) => script.take(command))
    return [commands, "----", ...said].join("\n")
  }).join("\n\n")
}

describe("failure detection by script", () => {
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".txt"))) {
    it(name.slice(0, -".txt".length).replaceAll("-", " "), () => {
      const file = new URL(name, folder)
      const text = readFileSync(file, "utf8").trimEnd()
      const now = run(text)
      if (rewrites) writeFileSync(file, now + "\n")
      else assert.strictEqual(now, text)
    })
  }
})
