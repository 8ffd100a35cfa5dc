/** `npm run bench` for tests. */
import { strict as assert } from "node:assert"
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { beforeAll } from "vitest"
import { Run } from "./nodes.ts"

const build = fileURLToPath(new URL("../../bin/build.js", import.meta.url))
const runner = fileURLToPath(new URL("../../bench/run.js", import.meta.url))

/** Builds the studies, unless they are newer than their sources, before the tests of a file. */
export const built = (): void =>
  beforeAll(() => {
    const { status } = spawnSync(process.execPath, [build, "--studies", "--if-needed"], { stdio: "inherit" })
    assert.equal(status, 0, "these tests need a build, and it failed: see above")
  }, 600_000)

/** A study with these arguments, run to its end. */
export const study = async (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) => {
  const run = new Run(args, env, [process.execPath, runner])
  const { code } = await run.end(40_000)
  return { code, stdout: run.stdout, stderr: run.stderr }
}
