/** `npm run bench -- raft` measures real nodes, and tells what it measured. */
import { strict as assert } from "node:assert"
import { spawnSync } from "node:child_process"
import { test } from "vitest"
import type { Report } from "../../bench/Raft.ts"
import { figure } from "./nodes.ts"
import * as Studies from "./studies.ts"

const small = ["--nodes", "3", "--proposers", "16", "--seconds", "1", "--json"]

for (const kind of ["memory", "durable"] as const) {
  test(`three nodes, ${kind}`, async () => {
    const { code, stderr, stdout } = await Studies.study(["raft", "--only", kind, ...small])
    assert.equal(code, 0, stderr)
    const { payloadBytes, rows }: Report = JSON.parse(stdout)
    assert.equal(payloadBytes, 64)
    assert.deepEqual(rows.map(({ kind, nodes, proposers }) => [kind, nodes, proposers]), [[kind, 3, 16]])
    const [{ commits, commitsPerSecond, latencyMs }] = rows as [Report["rows"][number]]
    assert.ok(commits > 16 && commitsPerSecond > 0 && latencyMs.samples === commits, stdout)
    assert.ok(latencyMs.p50! > 0 && latencyMs.p50! <= latencyMs.p99! && latencyMs.p99! <= latencyMs.max!, stdout)
    figure(`commits a second, ${kind}`, commitsPerSecond, "")
  })
}

const hasEtcd = spawnSync("etcd", ["--version"]).status === 0

test.skipIf(!hasEtcd)("three etcds take the same load", async () => {
  const { code, stderr, stdout } = await Studies.study(["raft", "--only", "etcd", ...small])
  assert.equal(code, 0, stderr)
  const { etcd, rows }: Report = JSON.parse(stdout)
  assert.match(etcd!, /^\d+\.\d+\.\d+/)
  assert.ok(rows.length === 1 && rows[0]!.commits > 16, stdout)
})

test("without an etcd, that is said", async () => {
  const { code, stderr, stdout } = await Studies.study(["raft", "--only", "etcd"], { PATH: "/nowhere" })
  assert.deepEqual([code, stdout], [1, ""])
  assert.match(stderr, /There is no etcd in PATH/)
})
