/**
 * Before tests that run the built program or the studies: build both, unless they are newer than their sources.
 */
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

export default function setup(): void {
  const build = fileURLToPath(new URL("../../bin/build.js", import.meta.url))
  const { error, status } = spawnSync(process.execPath, [build, "--studies", "--if-needed"], { stdio: "inherit" })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error("These tests need a build, and it failed: see above.")
}
