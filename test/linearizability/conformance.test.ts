/** Histories that others recorded, of which it is known whether they are linearizable. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { check } from "./check.ts"
import * as KeyValue from "./KeyValue.ts"
import { readJepsenLog, readKeyValueLog } from "./logs.ts"
import * as Register from "./Register.ts"

const directory = join(process.cwd(), "../shared/conformance/porcupine")
const present = existsSync(directory)
if (!present) console.warn(`The conformance of the linearizability checker is skipped: there is no ${directory}.`)

const text = (file: string): string => readFileSync(join(directory, file), "utf8")
/** The histories in a file; the logs of the register in both ways to take their failed operations. */
const verdictsOf = (file: string): ReadonlyArray<string> => {
  const log = text(file)
  return file.startsWith("jepsen/")
    ? [
      check(Register.model, readJepsenLog(log, "absent"))._tag,
      check(Register.model, readJepsenLog(log, "unmatched"))._tag
    ]
    : [check(KeyValue.model, readKeyValueLog(log))._tag]
}

describe.skipIf(!present)("histories that others recorded", () => {
  const expected: Record<string, boolean> = present ? JSON.parse(text("expected.json")) : {}

  it("are all here", () => {
    const files = ["jepsen", "kv"].flatMap((kind) =>
      readdirSync(join(directory, kind)).map((file) => `${kind}/${file}`)
    )
    assert.sameMembers(files, Object.keys(expected))
    assert.isAbove(files.length, 30)
  })

  for (const [file, linearizable] of Object.entries(expected)) {
    it(`${file} is ${linearizable ? "" : "not "}linearizable`, () => {
      const verdict = linearizable ? "linearizable" : "not-linearizable"
      for (const found of verdictsOf(file)) assert.strictEqual(found, verdict)
    })
  }
})
