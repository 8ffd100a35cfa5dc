/**
 * A reporter for vitest: prints how long each part of the tests took, and leaves the run's counts in test-results/counts (or
 * COUNTS), as shell assignments, and the names of what was skipped beside them.
 *
 * A test that was tried again and passed is a failure: a promise that breaks in one run of three is broken.
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, relative, sep } from "node:path"

/** @typedef {import("vitest/node").TestModule} TestModule */

/** @param {import("vitest/node").TestCase} test */
const nameOf = (test) => `${relative(".", test.module.moduleId)} > ${test.fullName}`

/** A test's folder below test/. @param {TestModule} module */
const partOf = (module) => relative("test", module.moduleId).split(sep).slice(0, -1)[0] ?? "house"

/** @param {TestModule} module */
const secondsOf = (module) => {
  const { collectDuration, duration, setupDuration } = module.diagnostic()
  return (collectDuration + duration + setupDuration) / 1000
}

/** @param {number} seconds */
const column = (seconds) => seconds.toFixed(1).padStart(8)

/** Files that run side by side each count with their whole time. @param {ReadonlyArray<TestModule>} modules */
const timesOf = (modules) => {
  /** @type {Map<string, { files: number, tests: number, seconds: number, longest: TestModule }>} */
  const parts = new Map()
  for (const module of modules) {
    const part = parts.get(partOf(module)) ?? { files: 0, tests: 0, seconds: 0, longest: module }
    part.files += 1
    part.tests += [...module.children.allTests()].length
    part.seconds += secondsOf(module)
    if (secondsOf(module) > secondsOf(part.longest)) part.longest = module
    parts.set(partOf(module), part)
  }
  const rows = [...parts].sort(([, a], [, b]) => b.seconds - a.seconds).map(([name, part]) =>
    `${name.padEnd(16)}${String(part.files).padStart(6)}${String(part.tests).padStart(7)}${column(part.seconds)}` +
    `${column(secondsOf(part.longest))} ${relative("test", part.longest.moduleId)}`
  )
  return [`${"part".padEnd(16)} files  tests seconds longest file`, ...rows].join("\n")
}

export default class Counts {
  began = performance.now()

  onTestRunStart() {
    this.began = performance.now()
  }

  /** @param {ReadonlyArray<TestModule>} modules */
  onTestRunEnd(modules) {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    /** @param {string} state */
    const inState = (state) => tests.filter((test) => test.result().state === state)
    const again = tests.filter((test) => test.result().state === "passed" && (test.diagnostic()?.retryCount ?? 0) > 0)
    // A file that does not load and a hook that throws have no test of their own to fail.
    const broken = modules.flatMap((module) => [module, ...module.children.allSuites()])
      .filter((part) => part.errors().length > 0)
    const skipped = [...inState("skipped"), ...inState("pending")].map(nameOf)
    const file = process.env["COUNTS"] ?? "test-results/counts"
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(`${file}.skipped`, skipped.map((name) => `${name}\n`).join(""))
    writeFileSync(
      file,
      `passed=${inState("passed").length - again.length}\nfailed=${
        inState("failed").length + broken.length + again.length
      }\nskipped=${skipped.length}\n`
    )
    console.log(`\n${timesOf(modules)}`)
    console.log(`${"all, side by side".padEnd(29)}${column((performance.now() - this.began) / 1000)}\n`)
    for (const test of again) console.error(`tried again, which no promise is: ${nameOf(test)}`)
    if (again.length > 0) process.exitCode = 1
  }
}
