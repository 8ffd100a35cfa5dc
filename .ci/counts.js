/**
 * A reporter for vitest: leaves the run's counts in test-results/counts, as shell assignments, and the names of what
 * was skipped in test-results/skipped.
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { relative } from "node:path"

/** @param {import("vitest/node").TestCase} test */
const nameOf = (test) => `${relative(".", test.module.moduleId)} > ${test.fullName}`

export default class Counts {
  /** @param {ReadonlyArray<import("vitest/node").TestModule>} modules */
  onTestRunEnd(modules) {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    /** @param {string} state */
    const inState = (state) => tests.filter((test) => test.result().state === state)
    // A file that does not load and a hook that throws have no test of their own to fail.
    const broken = modules.flatMap((module) => [module, ...module.children.allSuites()])
      .filter((part) => part.errors().length > 0)
    const skipped = [...inState("skipped"), ...inState("pending")].map(nameOf)
    mkdirSync("test-results", { recursive: true })
    writeFileSync("test-results/skipped", skipped.map((name) => `${name}\n`).join(""))
    writeFileSync(
      "test-results/counts",
      `passed=${inState("passed").length}\nfailed=${
        inState("failed").length + broken.length
      }\nskipped=${skipped.length}\n`
    )
  }
}
