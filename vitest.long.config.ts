import { defineConfig } from "vitest/config"
import { longFiles, oftener } from "./.ci/longFiles.js"

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
          include: [...longFiles(".")],
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
          // With a seed of chance that nobody has tried.
          include: [...oftener(".")],
          globalSetup: ["test/setup/scratch.ts"],
          pool: "threads",
          testTimeout: 600_000,
          sequence: { groupOrder: 1 }
        }
      }
    ]
  }
})
