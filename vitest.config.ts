import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"
import LongestFirst from "./.ci/longestFirst.js"

/** Real processes and sockets, and screens. */
const real = "test/{process,broker,lan,maelstrom}/**"
const screens = "test/browser/**"

const processors = availableParallelism()

/**
 * Three projects, one after the other. Whatever runs in virtual time or in memory is `unit`. Real processes come
 * after it, each file on addresses of its own; and then pages, one file after the other: a browser
 * without a graphics card takes all processors by itself, and hosts beside it would miss their turn. What takes long is in
 * vitest.long.config.ts.
 */
export default defineConfig({
  test: {
    slowTestThreshold: 5000,
    reporters: ["default", "./.ci/counts.js"],
    sequence: { sequencer: LongestFirst },
    // What a file imports is loaded once for all that a process goes through.
    poolOptions: { forks: { isolate: false, minForks: 1, maxForks: processors } },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.{ts,tsx}"],
          exclude: [real, screens, "**/*.long.test.ts"],
          globalSetup: ["test/setup/scratch.ts"],
          pool: "forks",
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 0 }
        }
      },
      {
        extends: true,
        test: {
          name: "real",
          include: [`${real}/*.test.ts`],
          exclude: ["**/*.long.test.ts"],
          globalSetup: ["test/process/setup.ts"],
          pool: "forks",
          testTimeout: 600_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 1 }
        }
      },
      {
        extends: true,
        test: {
          name: "browser",
          include: [`${screens}/*.test.ts`],
          exclude: ["**/*.long.test.ts"],
          globalSetup: ["test/process/setup.ts", "test/browser/setup.ts"],
          pool: "forks",
          poolOptions: { forks: { singleFork: true } },
          testTimeout: 600_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 2 }
        }
      }
    ]
  }
})
