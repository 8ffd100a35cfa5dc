import { readdirSync, readFileSync } from "node:fs"
import { defineConfig } from "vitest/config"

/** What goes through much, and here through more, with a seed of chance that nobody has tried. */
const oftener = readdirSync("test", { recursive: true, encoding: "utf8" })
  .map((path) => `test/${path}`)
  .filter((path) => /^(?!test\/(?:process|broker|lan|maelstrom|browser)\/).*(?<!\.long)\.test\.tsx?$/.test(path))
  .filter((path) => /setup\/(?:chance|often)|simulation\/halves/.test(readFileSync(path, "utf8")))

const seed = process.env["TEST_SEED"] ?? String(Math.floor(Math.random() * 0x7fffffff))
process.env["TEST_SEED"] = seed
process.env["TEST_LONG"] = "true"
console.log(`TEST_SEED=${seed}`)

/** `npm run test:long [-- FILE]`: what takes minutes, one file after the other. */
export default defineConfig({
  test: {
    slowTestThreshold: 60_000,
    reporters: ["default", "./.ci/counts.js"],
    poolOptions: { forks: { minForks: 1, maxForks: 1 } },
    projects: [
      {
        extends: true,
        test: {
          name: "long",
          include: ["test/**/*.long.test.ts"],
          globalSetup: ["test/process/setup.ts"],
          pool: "forks",
          testTimeout: 3_600_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 0 }
        }
      },
      {
        extends: true,
        test: {
          name: "often",
          include: oftener,
          pool: "threads",
          testTimeout: 600_000,
          sequence: { groupOrder: 1 }
        }
      }
    ]
  }
})
