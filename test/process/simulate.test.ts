/** `hostless simulate`, as people meet it: the same run in two processes, its report, its exit codes. */
import { strict as assert } from "node:assert"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, test } from "vitest"
import { run, temporaryDirectory } from "./nodes.ts"

describe("hostless simulate", () => {
  test("gives byte-equal traces for the same seed, in two processes", async () => {
    const directory = temporaryDirectory()
    const files = ["one.txt", "two.txt"].map((name) => join(directory, name))
    const options = ["simulate", "--seed", "18446744073709551615", "--duration", "8s", "--nodes", "4"]
    for (const file of files) {
      const { code, stderr } = await run([...options, "--trace", file])
      assert.equal(code, 0, stderr)
    }
    const [one, two] = files.map((file) => readFileSync(file))
    assert.ok(one!.length > 100_000)
    assert.ok(one!.equals(two!))
  })

  test("reports many runs, and goes on with them another day", async () => {
    const kept = join(temporaryDirectory(), "runs.json")
    const options = ["simulate", "--seed", "7", "--duration", "5s", "--nodes", "3", "--faults", "crash,partition"]
    const first = await run([...options, "--seeds", "2", "--resume", kept, "--json"])
    assert.equal(first.code, 0, first.stderr)
    const report = JSON.parse(first.stdout)
    assert.equal(report.totals.runs, 2)
    assert.deepEqual(report.totals.findings, [])
    assert.ok(report.totals.fired.crash >= 2 && report.totals.fired.partition >= 2)
    const second = await run([...options, "--seeds", "3", "--resume", kept, "--json"])
    assert.equal(second.code, 0, second.stderr)
    const more = JSON.parse(second.stdout)
    assert.equal(more.totals.runs, 3)
    assert.ok(more.totals.simulatedMs > report.totals.simulatedMs)
    assert.ok(!existsSync(`${kept}.new`))

    const other = await run([...options, "--quorum", "--seeds", "3", "--resume", kept])
    assert.equal(other.code, 1)
    assert.match(other.stderr, /keeps runs with other options.*--resume/s)
    writeFileSync(kept, "{}")
    const broken = await run([...options, "--seeds", "3", "--resume", kept])
    assert.equal(broken.code, 1)
    assert.match(broken.stderr, /keeps no runs\. Name another file with --resume/)
  })

  test("draws a seed where none is given, and says which", async () => {
    const { code, stderr, stdout } = await run(["simulate", "--duration", "2s", "--nodes", "2", "--faults", "none"])
    assert.equal(code, 0, stderr)
    assert.match(stderr, /^seed \d+$/m)
    assert.match(stdout, /^1 runs of 2 nodes that play gather, liveness: \d+ s simulated/)
    assert.match(stdout, /No promise was broken\.$/m)
  })

  const wrong: ReadonlyArray<readonly [ReadonlyArray<string>, RegExp]> = [
    [["--seed", "18446744073709551616"], /--seed takes a number from 0 to 2\^64 - 1/],
    [["--duration", "5"], /--duration takes a time such as 60s or 5m/],
    [["--faults", "crash,earthquake"], /--faults takes all, none, or some of crash,/],
    [["--nodes", "17"], /--nodes takes a number from 1 to 16/],
    [["--only", "a"], /--only takes numbers of faults/]
  ]
  for (const [options, says] of wrong) {
    test(options.join(" "), async () => {
      const { code, stderr } = await run(["simulate", ...options])
      assert.equal(code, 1)
      assert.match(stderr, says)
    })
  }
})
