/**
 * Every rule of the house catches what it is there for, and lets pass what only looks like it.
 */
import { spawnSync } from "node:child_process"
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterEach, assert, beforeEach, describe, it } from "vitest"

const project = fileURLToPath(new URL("..", import.meta.url))

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "hostless-house-"))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const write = (files: Record<string, string>): void => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
}

/** What the check says of such a tree: its exit code, and `path:line rule` per violation. */
const check = (files: Record<string, string>) => {
  write(files)
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    [join(project, "bin/check-house.js"), "--root", root],
    { encoding: "utf8" }
  )
  assert.strictEqual(stderr, "")
  const lines = stdout.trimEnd().split("\n").slice(0, -1)
  return { status, told: lines.map((line) => line.slice(0, line.indexOf(": "))), text: stdout }
}

/** The tree has exactly these violations. */
const expectTold = (files: Record<string, string>, told: ReadonlyArray<string>): void => {
  const result = check(files)
  assert.deepStrictEqual(result.told, told, result.text)
  assert.strictEqual(result.status, told.length === 0 ? 0 : 1)
}

describe("who may import whom", () => {
  const order = ["protocol", "core", "games", "services", "layers", "programs"]
  /** Of the layers, one that stands on the ground. */
  const homeOf = (room: string): string => room === "layers" ? "layers/queues" : `${room}/any`
  const each = Object.fromEntries([...order, "web"].map((room) => [`src/${homeOf(room)}/A.ts`, "export const a = 1\n"]))

  it("downwards, and nothing else", () => {
    const files = { ...each }
    const told: Array<string> = []
    for (const [above, importer] of order.entries()) {
      files[`src/${homeOf(importer)}/B.ts`] = order
        .map((room) => `import { a } from "../../${homeOf(room)}/A.ts"\n`).join("")
      for (const below of order.keys()) {
        if (below > above) told.push(`src/${homeOf(importer)}/B.ts:${below + 1} imports`)
      }
    }
    expectTold(files, told.sort())
  })

  it("web takes protocol, core, games and services; index.ts takes all", () => {
    const all = [...order, "web"]
    expectTold({
      ...each,
      "src/index.ts": all.map((room) => `export * from "./${homeOf(room)}/A.ts"\n`).join(""),
      "src/web/app/B.tsx": all.map((room) => `import { a } from "../../${homeOf(room)}/A.ts"\n`).join(""),
      "src/layers/queues/C.ts": "import { a } from \"../../web/any/A.ts\"\n"
    }, ["src/layers/queues/C.ts:1 imports", "src/web/app/B.tsx:5 imports", "src/web/app/B.tsx:6 imports"])
  })

  it("layers downwards by floors, each in a folder that has one", () => {
    expectTold({
      "src/layers/index.ts": "export * as A from \"./udp/A.ts\"\n",
      "src/layers/udp/A.ts": "export const a = 1\n",
      "src/layers/links/A.ts": [
        "import { a } from \"../udp/A.ts\"",
        "import { b } from \"./B.ts\"",
        "import { c } from \"../health/A.ts\"",
        "import type { D } from \"../election/A.ts\""
      ].join("\n"),
      "src/layers/links/deeper/A.ts": "import { a } from \"../A.ts\"\nimport { b } from \"../../raft/A.ts\"\n",
      "src/layers/Flat.ts": "",
      "src/layers/cellar/A.ts": ""
    }, [
      "src/layers/Flat.ts:1 floors",
      "src/layers/cellar/A.ts:1 floors",
      "src/layers/links/A.ts:3 floors",
      "src/layers/links/A.ts:4 floors",
      "src/layers/links/deeper/A.ts:2 floors"
    ])
  })

  it("in whatever way it is written", () => {
    expectTold({
      "src/core/B.ts": [
        "import \"../layers/A.ts\"",
        "import {",
        "  a",
        "} from '../layers/A.ts'",
        "import type { A } from \"../layers/A.ts\"",
        "export { b } from \"../layers/A.ts\"",
        "export const c = () => import(\"../layers/A.ts\")",
        "export type D = import(\"../layers/A.ts\").D",
        "import { own } from \"../index.ts\"",
        "import { self } from \"hostless/layers\"",
        "import { outside } from \"../../test/A.ts\""
      ].join("\n")
    }, [1, 4, 5, 6, 7, 8, 9, 10, 11].map((line) => `src/core/B.ts:${line} imports`))
  })

  it("not in comments, strings, templates and regular expressions", () => {
    expectTold({
      "src/core/B.ts": [
        "// import \"../layers/A.ts\"",
        "/* import \"../layers/A.ts\" */ const quote = /[\"'`/]/",
        "const text = 'import \"../layers/A.ts\"'",
        "const template = `${`from \"../layers/A.ts\" ${{ a: \"}\" }}`} from \"../layers/A.ts\"`",
        "const half = 4 / 2 // \" /",
        "import { a } from \"../layers/A.ts\""
      ].join("\n")
    }, ["src/core/B.ts:6 imports"])
  })

  it("and src has these rooms only", () => {
    expectTold({ "src/extra/A.ts": "", "src/main.ts": "" }, ["src/extra/A.ts:1 imports", "src/main.ts:1 imports"])
  })
})

it("no test is tried again", () => {
  const text = "describe(\"it\", { retry: 2, timeout: 1 }, () => {})\n// retry: 2\nconst Retry = { retry: 0 }\n"
  expectTold({ "test/A.test.ts": text, "src/core/A.ts": text }, ["test/A.test.ts:1 retries"])
})

it("bench takes anything of src, and src nothing of bench", () => {
  expectTold({
    "bench/Study.ts": "import * as main from \"../src/programs/main.ts\"\nimport { a } from \"../src/core/A.ts\"\n",
    "src/core/A.ts": "export const a = 1\n",
    "src/programs/main.ts": "import * as Study from \"../../bench/Study.ts\"\n"
  }, ["src/programs/main.ts:1 imports"])
})

it("node: only where there is a Node, Effect not in core", () => {
  const text = [
    "import * as fs from \"node:fs\"",
    "import { Effect } from \"effect\"",
    "import type { Schema } from \"effect\"",
    "import type { Socket } from \"node:net\"",
    "import { type Chunk } from \"effect/Chunk\""
  ].join("\n")
  expectTold({
    "src/core/A.ts": text,
    "src/services/A.ts": text,
    "src/layers/queues/A.ts": text,
    "src/programs/A.ts": text
  }, [
    "src/core/A.ts:1 packages",
    "src/core/A.ts:2 packages",
    "src/core/A.ts:5 packages",
    "src/services/A.ts:1 packages"
  ])
})

it("no names that say nothing", () => {
  expectTold({
    "src/core/utils/A.ts": "",
    "src/core/utils/B.ts": "",
    "src/layers/queues/Helpers.ts": "",
    "test/common.test.ts": "",
    "bench/misc.json": "{}",
    "src/core/CommonPrefix.ts": ""
  }, [
    "bench/misc.json:1 names",
    "src/core/utils:1 names",
    "src/layers/queues/Helpers.ts:1 names",
    "test/common.test.ts:1 names"
  ])
})

it("no file over 600 lines", () => {
  expectTold({
    "src/core/A.ts": "\n".repeat(600),
    "src/core/B.ts": "\n".repeat(601),
    "bench/C.ts": "\n".repeat(601)
  }, ["bench/C.ts:601 length", "src/core/B.ts:601 length"])
})

it("runMain in programs only", () => {
  const text = "// runMain is for programs\nNodeRuntime.runMain(program)\n"
  expectTold({ "src/programs/main.ts": text, "src/layers/queues/A.ts": text }, ["src/layers/queues/A.ts:2 run-main"])
})

it("barrels at the doors only", () => {
  const text = "export * from \"./A.ts\"\nexport * as A from \"./A.ts\"\nexport { a } from \"./A.ts\"\n"
  expectTold({
    "src/index.ts": text,
    "src/core/index.ts": text,
    "src/core/raft/index.ts": text,
    "src/core/All.ts": text,
    "src/A.ts": "",
    "src/core/A.ts": ""
  }, [
    "src/A.ts:1 imports",
    "src/core/All.ts:1 barrels",
    "src/core/All.ts:2 barrels",
    "src/core/raft/index.ts:1 barrels",
    "src/core/raft/index.ts:2 barrels"
  ])
})

it("no marks of unfinished work", () => {
  const marks = ["TODO", "FIXME", "XXX"]
  expectTold({
    "src/core/A.ts": marks.map((mark) => `// ${mark}: later\n`).join(""),
    "src/web/app/style.css": `/* ${marks[0]} */`,
    "bench/A.ts": `// ${marks[0]}`,
    "test/A.ts": `// ${marks[0]}`
  }, [
    "bench/A.ts:1 marks",
    "src/core/A.ts:1 marks",
    "src/core/A.ts:2 marks",
    "src/core/A.ts:3 marks",
    "src/web/app/style.css:1 marks"
  ])
})

it("games multiply", () => {
  const text = "/** x ** 2 */\nexport const square = (x: number) => x ** 2\n"
  expectTold({ "src/games/A.ts": text, "src/web/A.ts": text }, ["src/games/A.ts:2 arithmetic"])
})

it("whoever switches a lint or type rule off says why", () => {
  const text = [
    "// oxlint-disable-next-line no-console",
    "export const a = 1",
    "// oxlint-disable-next-line no-console -- this is the console",
    "export const b = 1",
    "/** This is the console, too. */",
    "// oxlint-disable-next-line no-console",
    "export const c = 1",
    "// @ts-expect-error",
    "export const d = 1",
    "// @ts-expect-error a string is not a number",
    "export const e = \"@ts-ignore\""
  ].join("\n")
  const told = ["bench/A.ts:1 reasons", "bench/A.ts:8 reasons", "src/core/A.ts:1 reasons", "src/core/A.ts:8 reasons"]
  expectTold({ "bench/A.ts": text, "src/core/A.ts": text, "test/A.ts": text }, told)
})

describe("the lock file", () => {
  const lock = (packages: Record<string, object>) => ({
    "package-lock.json": `${JSON.stringify({ lockfileVersion: 3, packages }, null, 2)}\n`
  })

  it("has one copy of what is compared by reference, and no addresses", () => {
    expectTold(
      lock({ "": {}, "node_modules/effect": {}, "node_modules/b": {}, "node_modules/a/node_modules/b": {} }),
      []
    )
    expectTold(
      lock({
        "node_modules/a/node_modules/effect": {},
        "node_modules/effect": { resolved: "https://example.org/effect.tgz" }
      }),
      ["package-lock.json:5 lock", "package-lock.json:6 lock"]
    )
  })

  it("has the packages of all platforms: complete-lock.js adds what is missing", () => {
    const version = "1.2.3"
    const names = ["@a/a-linux-arm64-musl", "@a/a-darwin-x64", "@a/a-linux-x64-gnu", "@a/a-win32-x64-msvc"]
    const before = {
      "": {},
      "node_modules/@a/a-linux-x64-gnu": {
        version,
        integrity: "sha512-a",
        cpu: ["x64"],
        optional: true,
        os: ["linux"]
      },
      "node_modules/@a/a-win32-x64-msvc": { version: "1.0.0" },
      "node_modules/a": {
        version,
        dev: true,
        optionalDependencies: Object.fromEntries(names.map((name) => [name, version]))
      }
    }
    expectTold(lock(before), ["package-lock.json:19 lock"])
    const complete = () =>
      spawnSync(process.execPath, [join(project, "bin/complete-lock.js"), "--root", root], { encoding: "utf8" })
    assert.strictEqual(complete().stdout, "3 packages added to package-lock.json.\n")
    const after = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"))
    assert.deepStrictEqual(after, {
      lockfileVersion: 3,
      packages: {
        ...before,
        "node_modules/@a/a-darwin-x64": { version, cpu: ["x64"], dev: true, optional: true, os: ["darwin"] },
        "node_modules/@a/a-linux-arm64-musl": {
          version,
          cpu: ["arm64"],
          dev: true,
          libc: ["musl"],
          optional: true,
          os: ["linux"]
        },
        "node_modules/a/node_modules/@a/a-win32-x64-msvc": {
          version,
          cpu: ["x64"],
          dev: true,
          optional: true,
          os: ["win32"]
        }
      }
    })
    expectTold({}, [])
    assert.strictEqual(complete().stdout, "0 packages added to package-lock.json.\n")
  })
})

it("the linter keeps clocks, chance and output out of what runs in virtual time", () => {
  const banned = [
    "Date.now()",
    "new Date()",
    "performance.now()",
    "Math.random()",
    "setTimeout(() => 1, 1)",
    "setInterval(() => 1, 1)",
    "console.log(1)",
    "process.env.HOME"
  ]
  const text = `export const all = [\n${banned.map((each) => `  ${each}`).join(",\n")}\n]\n`
  write({
    "src/core/A.ts": text,
    "src/layers/queues/A.ts": text,
    "src/games/A.ts": "export const x = Math.hypot(3, 4)\n"
  })
  copyFileSync(join(project, ".oxlintrc.json"), join(root, ".oxlintrc.json"))
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(project, "node_modules/oxlint/bin/oxlint"), "--deny-warnings", "--format=unix", "src"],
    { cwd: root, encoding: "utf8" }
  )
  const told = stdout.split("\n").flatMap((line) => /src\/\w+\/A\.ts:\d+/.exec(line)?.[0] ?? [])
  assert.deepStrictEqual(
    [...new Set(told)].sort(),
    [...banned.map((_, index) => `src/core/A.ts:${index + 2}`), "src/games/A.ts:1"],
    stdout
  )
  assert.strictEqual(status, 1)
})

describe("documents", () => {
  const there = { "src/core/A.ts": "", "test/core/A.test.ts": "" }

  it("name files and folders that are there, in code and in links", () => {
    expectTold({
      ...there,
      "README.md":
        "# src/gone/A.ts is no code\n\n`src/core/A.ts`, `src/core/`, [A](src/core/A.ts#a)\n\n[B](src/core/B.ts)\n",
      "docs/architecture/walks.md": [
        "`src/core/A.ts` (`step`), `src/core/B.ts` and `see test/core/B.test.ts`",
        "`test/*/A.test.ts`, `test/*/B.test.ts`, `src/core/<Name>.ts`, `hostless/src/x`, `https://a.b/src/x`",
        "",
        "```",
        "npx vitest run test/core/A.test.ts",
        "npx vitest run test/core/C.test.ts",
        "```",
        "",
        "[up](../../README.md), [away](../README.md), [out](https://example.org/docs/x.md), [here](#words)"
      ].join("\n"),
      "CHANGELOG.md": "`src/gone/A.ts`\n"
    }, [
      "README.md:5 paths",
      "docs/architecture/walks.md:1 paths",
      "docs/architecture/walks.md:1 paths",
      "docs/architecture/walks.md:2 paths",
      "docs/architecture/walks.md:6 paths",
      "docs/architecture/walks.md:9 paths"
    ])
  })

  it("have diagrams that are drawn from the imports, without arrows that others imply", () => {
    const page = "docs/architecture/floors.md"
    write({
      [page]: "# House\n\n<!-- drawn: rooms -->\n<!-- end -->\n\n<!-- drawn: layers -->\nold\n<!-- end -->\n\nEnd.\n",
      "src/protocol/A.ts": "",
      "src/core/A.ts": "import type { A } from \"../protocol/A.ts\"\n",
      "src/layers/index.ts": "export * as A from \"./udp/A.ts\"\n",
      "src/layers/udp/A.ts": "import { a } from \"../../core/A.ts\"\nimport { b } from \"../../protocol/A.ts\"\n",
      "src/layers/links/A.ts": "import { a } from \"../udp/A.ts\"\n// import \"../group/A.ts\"\n",
      "src/layers/group/A.ts": "import { a } from \"../links/A.ts\"\nimport { b } from \"../udp/A.ts\"\n"
    })
    assert.deepStrictEqual(check({}).told, [`${page}:4 drawn`])
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(project, "bin/draw-architecture.js"), "--root", root],
      { encoding: "utf8" }
    )
    assert.strictEqual(stderr, "")
    assert.strictEqual(status, 0)
    const drawn = readFileSync(join(root, page), "utf8")
    const arrows = drawn.split("\n").filter((line) => line.includes("-->") && !line.startsWith("<!--"))
    assert.deepStrictEqual(arrows, [
      "  core --> protocol",
      "  layers --> core",
      "  group --> links",
      "  links --> udp"
    ])
    assert.include(drawn, "<!-- end -->\n\nEnd.\n")
    expectTold({}, [])
    write({ "src/layers/group/A.ts": "import { b } from \"../udp/A.ts\"\n" })
    assert.deepStrictEqual(check({}).told, [`${page}:${drawn.split("\n").indexOf("  group --> links") + 1} drawn`])
  })
})

it("does not guess at what it is asked", () => {
  const { status, stderr } = spawnSync(process.execPath, [join(project, "bin/check-house.js"), "--roof", root], {
    encoding: "utf8"
  })
  assert.strictEqual(status, 2)
  assert.include(stderr, "Not understood: --roof")
})
