/** `npm run bench` for tests. */
import { fileURLToPath } from "node:url"
import { Run } from "./nodes.ts"

/** What runs a study. */
export const runner = fileURLToPath(new URL("../../bench/run.js", import.meta.url))

/** A study with these arguments, run to its end. */
export const study = async (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) => {
  const run = new Run(args, env, [process.execPath, runner])
  const { code, signal } = await run.end(40_000)
  return { code, signal, stdout: run.stdout, stderr: run.stderr }
}
