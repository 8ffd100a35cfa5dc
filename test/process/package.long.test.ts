/**
 * The package as users get it: packed, installed into a project of their own, type-checked and run there, with the
 * examples of the docs.
 */
import { strict as assert } from "node:assert"
import { spawnSync } from "node:child_process"
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { eventually, figure, Lan, now, Run } from "./nodes.ts"

const root = fileURLToPath(new URL("../../", import.meta.url))
const examples = join(root, "docs", "examples")
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))

/** Runs a command to its end; fails with what it said unless it succeeds. */
const succeed = (cwd: string, command: string, args: ReadonlyArray<string>): string => {
  const { error, status, stderr, stdout } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1", npm_config_update_notifier: "false" }
  })
  assert.ok(status === 0, `${command} ${args.join(" ")}: ${error?.message ?? `${stdout}${stderr}`}`)
  return stdout
}

/** In an empty directory, a project with the packed package, the examples, and what these import. */
const makeProject = (directory: string): string => {
  succeed(root, "npm", ["pack", "--ignore-scripts", "--pack-destination", directory])
  const tarball = readdirSync(directory).find((name) => name.endsWith(".tgz"))!
  const project = join(directory, "project")
  mkdirSync(project)
  for (const name of readdirSync(examples)) copyFileSync(join(examples, name), join(project, name))
  const range = (name: string): string => manifest.dependencies[name]
  writeFileSync(
    join(project, "package.json"),
    JSON.stringify({
      name: "own-game",
      private: true,
      type: "module",
      dependencies: {
        hostless: `file:../${tarball}`,
        effect: range("effect"),
        "@effect/platform-node": range("@effect/platform-node")
      }
    })
  )
  const install = ["install", "--no-audit", "--no-fund", "--no-save"]
  // What this project installed is in npm's cache; where that was cleared, the registry has it.
  const offline = spawnSync("npm", [...install, "--offline"], { cwd: project })
  if (offline.status !== 0) succeed(project, "npm", [...install, "--prefer-offline"])
  return project
}

/** The project's TypeScript, to JavaScript: checked against the types that the package brings. */
const compile = (project: string): void => {
  writeFileSync(
    join(project, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        module: "NodeNext",
        target: "ES2022",
        strict: true,
        noUncheckedIndexedAccess: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: true,
        types: ["node"],
        typeRoots: [join(root, "node_modules", "@types")]
      }
    })
  )
  succeed(project, process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", project])
}

describe("a project that installs the package", { timeout: 300_000 }, () => {
  const directory = mkdtempSync(join(tmpdir(), "hostless-test-"))
  afterAll(() => rmSync(directory, { recursive: true, force: true }))
  let project = ""
  beforeAll(() => {
    const began = now()
    project = makeProject(directory)
    figure("packing and installing", (now() - began) / 1000, "s")
    compile(project)
  }, 300_000)

  test("plays its own game on two virtual nodes, kills the host, and sees the state go on; then in a simulation, and on a real node", async () => {
    const said = succeed(project, process.execPath, ["two-nodes.js"])
    const line = /^Bo's node is (\w+): clock (\d+), Cleo has (\d+) points$/
    const [before, after] = said.trim().split("\n").map((text) => line.exec(text)!)
    assert.ok(before && after, said)
    assert.deepEqual([before[1], after[1]], ["peer", "host"])
    const [clocks, points] = [2, 3].map((i) => [Number(before[i]), Number(after[i])] as const)
    assert.ok(clocks![0] > 40 && points![0] > 40, said)
    // A second of play at 20 ticks, less a short interregnum; a tap in each.
    for (const [from, to] of [clocks!, points!]) assert.ok(to - from >= 15 && to - from <= 22, said)

    const simulated = succeed(project, process.execPath, ["simulated.js"])
    assert.match(simulated, /^With renewal: 50 minutes went well\nWithout renewal: seed \d+ fails\n$/)

    const lan = new Lan()
    const node = new Run([join(project, "own-node.js")], { GAME_IP: lan.nextAddress() }, [process.execPath])
    const page = new URL(await node.firstLine())
    assert.equal(page.hostname, `${lan.net}.1`)
    const scene = await fetch(new URL("/scene/scene.js", page))
    assert.equal(await scene.text(), readFileSync(join(examples, "scene.js"), "utf8"))
    const status = await eventually("a host", async () => {
      const one = await (await fetch(new URL("/api/status", page))).json() as {
        role: string
        game: string
        clock: number
      }
      return one.role === "host" && one.clock > 0 ? one : null
    })
    assert.equal(status.game, "taps")
    node.signal("SIGTERM")
    assert.deepEqual(await node.end(), { code: 0, signal: null })
    assert.equal(node.stderr, "")
  })

  test("counts on a Raft log: nodes are killed and come back, and no number is left out or counted twice", async () => {
    const lan = new Lan()
    const places = [1, 2, 3].map(() => `${lan.nextAddress()}:7101`).join(" ")
    const start = (n: number) => new Run([join(project, "counter.js"), `${n}`], { PLACES: places }, [process.execPath])
    const counted = (run: Run): ReadonlyArray<number> =>
      [...run.stdout.matchAll(/^node \d counts (\d+)$/gm)].map(([, count]) => Number(count))
    const runs = [1, 2, 3].map(start)
    const all = () => runs.flatMap(counted)
    const goesOn = (run: Run) => {
      const before = counted(run).length
      return eventually("a node to count on", async () => counted(run).length >= before + 5 || null)
    }
    for (const run of runs) await goesOn(run)
    // One after the other, so whoever leads is among them.
    for (const n of [1, 2, 3]) {
      const killed = runs.find((run) => run.running && run.child.spawnargs.includes(`${n}`))!
      await killed.kill()
      for (const run of runs.filter(({ running }) => running)) await goesOn(run)
      runs.push(start(n))
      await goesOn(runs.at(-1)!)
    }
    await Promise.all(runs.map((run) => run.kill()))
    const numbers = all().sort((a, b) => a - b)
    assert.equal(new Set(numbers).size, numbers.length, "none twice")
    // Each kill may cut off what was counted and not said yet.
    assert.ok(numbers.at(-1)! - numbers.length <= 6, `left out: ${numbers.at(-1)! - numbers.length}`)
    assert.ok(numbers.length >= 50, `${numbers.length}`)
  })

  test("brings what it runs on and nothing that it is built from", () => {
    const [{ files }] = JSON.parse(succeed(root, "npm", ["pack", "--ignore-scripts", "--dry-run", "--json"]))
    const names: ReadonlyArray<string> = files.map((file: { path: string }) => file.path)
    for (
      const needed of ["package.json", "README.md", "LICENSE", "bin/hostless.js", "dist/index.js", "dist/index.d.ts"]
    ) {
      expect(names).toContain(needed)
    }
    for (const path of Object.values<{ types: string; default: string }>(manifest.exports)) {
      expect(names).toContain(path.types.slice(2))
      expect(names).toContain(path.default.slice(2))
    }
    const strangers = names.filter((name) =>
      !/^(?:package\.json|README\.md|LICENSE|bin\/(?:hostless|v8)\.js|dist\/.*)$/.test(name)
    )
    assert.deepEqual(strangers, [])
    assert.ok(!names.includes("dist/.built"))
    for (const path of Object.values<string>(manifest.bin)) assert.ok(existsSync(join(root, path)))
  })
})
