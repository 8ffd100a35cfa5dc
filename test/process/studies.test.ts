/** Every study tells what it can be asked for; the product's own benches are no studies. */
import { strict as assert } from "node:assert"
import { describe, test } from "vitest"
import { run } from "./nodes.ts"
import * as Studies from "./studies.ts"

const names = [
  "broker",
  "broker-failover",
  "computing",
  "election",
  "maelstrom",
  "raft",
  "raft-frames",
  "relay",
  "rooms",
  "smoothing",
  "udp"
]

/** The commands that a help lists. */
const listed = (help: string, program: string): ReadonlyArray<string> =>
  help.split("\n").flatMap((line) => {
    const [, name] = line.split(`  ${program} `)
    return name === undefined ? [] : [name.split(" ")[0]!]
  })

describe("npm run bench", () => {
  for (const args of [[], ["--help"]]) {
    test(`lists all studies, with ${args.length === 0 ? "nothing" : args[0]} after it`, async () => {
      const { code, stderr, stdout } = await Studies.study(args)
      assert.deepEqual([code, stderr], [0, ""])
      assert.deepEqual(listed(stdout, "npm run bench --"), names)
    })
  }

  for (const name of names) {
    test(`${name} --help`, async () => {
      const { code, stderr, stdout } = await Studies.study([name, "--help"])
      assert.deepEqual([code, stderr], [0, ""])
      assert.ok(stdout.startsWith(`npm run bench -- ${name} [options]\n`), stdout)
      // What talks by lines of JSON has no report.
      if (name !== "maelstrom") assert.match(stdout, /--json .*prints the report as JSON/)
    })
  }

  test("says what is wrong with a command line, and where to read on", async () => {
    const { code, stderr } = await Studies.study(["raft", "--nodes", "10"])
    assert.equal(code, 1)
    assert.match(stderr, /--nodes takes a number from 1 to 9, not "10"/)
    assert.match(stderr, /"npm run bench -- raft --help" tells what can be said\./)
  })
})

test("hostless bench has none of them", async () => {
  assert.deepEqual(
    listed((await run(["bench", "--help"])).stdout, "hostless bench"),
    ["failover", "lan", "soak", "undisturbed"]
  )
})
