/**
 * What the long tests go through: files of their own (`*.long.test.ts`), and those of `npm test` that go through more of the
 * same there (test/setup/often.ts) or draw a seed of chance (test/setup/chance.ts).
 */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

const real = /^test\/(?:process|broker|lan|maelstrom|browser)\//
const more = /setup\/(?:chance|often)|simulation\/halves/

/** @param {string} root */
const testsOf = (root) =>
  readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" })
    .map((path) => `test/${path}`)
    .filter((path) => /\.test\.tsx?$/.test(path))

/** @param {string} root @param {string} path */
const goesThroughMore = (root, path) => !path.includes(".long.") && more.test(readFileSync(join(root, path), "utf8"))

/** One file after the other, in a process each. @param {string} root @returns {ReadonlyArray<string>} */
export const longFiles = (root) =>
  testsOf(root).filter((path) => path.includes(".long.") || (real.test(path) && goesThroughMore(root, path)))

/** In threads. @param {string} root @returns {ReadonlyArray<string>} */
export const oftener = (root) => testsOf(root).filter((path) => !real.test(path) && goesThroughMore(root, path))
