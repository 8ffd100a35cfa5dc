/** `npm run bench` for tests. */
import { fileURLToPath } from "node:url"
import { Run } from "./nodes.ts"

const runner = fileURLToPath(new URL("../../bench/run.js", import.meta.url))

/** A study with these arguments, run to its end. */
export const study = async (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) => {
  const run = new Run(args, env, [process.execPath, runner])
  const { code } = await run.end(40_000)
  return { code, stdout: run.stdout, stderr: run.stderr }
}
