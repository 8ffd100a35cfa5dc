import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"

/**
 * Three projects, one after the other. Whatever runs in virtual time or in memory is `unit`, in parallel. Real processes,
 * sockets and screens come one file at a time, each in a process of its own, so that they do not disturb one another's
 * timing: forks are held to one here, since vitest takes the number of workers from the root for all projects of a pool.
 */
export default defineConfig({
  test: {
    slowTestThreshold: 5000,
    poolOptions: {
      threads: { minThreads: 1, maxThreads: availableParallelism() },
      forks: { minForks: 1, maxForks: 1 }
    },
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.{ts,tsx}"],
          exclude: ["test/{process,broker,lan,maelstrom,browser}/**"],
          pool: "threads",
          testTimeout: 60_000,
          sequence: { groupOrder: 0 }
        }
      },
      {
        test: {
          name: "process",
          include: ["test/{process,broker,lan,maelstrom}/**/*.test.ts"],
          globalSetup: ["test/process/setup.ts"],
          pool: "forks",
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 }
        }
      },
      {
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          globalSetup: ["test/process/setup.ts", "test/browser/setup.ts"],
          pool: "forks",
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 2 }
        }
      }
    ]
  }
})
