/** The examples in the documents, which `process/package.long.test.ts` runs where the package is installed. */
import { strict as assert } from "node:assert"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { test } from "vitest"

const docs = fileURLToPath(new URL("../docs/", import.meta.url))
const examples = join(docs, "examples")

test("the pages show the examples as they are", () => {
  const text = ["write-your-own-game.md", "simulate-your-own-program.md", "raft-log.md"]
    .map((name) => readFileSync(join(docs, name), "utf8")).join("\n")
  for (const name of readdirSync(examples)) {
    const example = readFileSync(join(examples, name), "utf8")
    assert.ok(text.includes(`\n\`\`\`${name.endsWith(".ts") ? "ts" : "js"}\n${example}\`\`\`\n`), `${name} differs`)
  }
  const lines = ["own-game.ts", "two-nodes.ts"].flatMap((name) =>
    readFileSync(join(examples, name), "utf8").split("\n").filter((line) => !/^(?:\s*$|import|\/\*\*)/.test(line))
  )
  assert.ok(lines.length <= 40, `game and program have ${lines.length} lines`)
})
