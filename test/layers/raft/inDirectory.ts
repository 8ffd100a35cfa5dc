import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Runs with a directory that is gone afterwards. */
export const inDirectory = <A>(use: (directory: string) => A): A => {
  const directory = mkdtempSync(join(tmpdir(), "hostless-test-"))
  const tidy = () => rmSync(directory, { recursive: true, force: true })
  let result: A
  try {
    result = use(directory)
  } catch (error) {
    tidy()
    throw error
  }
  if (result instanceof Promise) return result.finally(tidy) as A
  tidy()
  return result
}
