/** What a node says to the workbench, request by request, and how it ends. */
import { strict as assert } from "node:assert"
import { spawnSync } from "node:child_process"
import { describe, test } from "vitest"
import { runner, study } from "../process/studies.ts"
import { type Body, Workbench } from "./Workbench.ts"

const told = (answer: Body | null): string =>
  answer === null ? "nothing" : answer.type === "error" ? `error ${answer["code"]}` : answer.type

describe("one node", () => {
  test("answers each request as the protocol has it", async () => {
    const workbench = new Workbench(1, [])
    const ask = async (body: Body) => told(await workbench.ask("c1", "n1", body))
    assert.equal(await ask({ type: "read", key: 1 }), "error 11", "before init")
    await workbench.init()
    await workbench.ready()
    assert.equal(await ask({ type: "init", node_id: "n1", node_ids: ["n1"] }), "error 22", "init twice")

    assert.equal(await ask({ type: "read", key: 1 }), "error 20")
    assert.equal(await ask({ type: "cas", key: 1, from: 1, to: 2 }), "error 20")
    assert.equal(await ask({ type: "write", key: 1, value: 1 }), "write_ok")
    assert.equal(await ask({ type: "cas", key: 1, from: 2, to: 3 }), "error 22")
    assert.equal(await ask({ type: "cas", key: 1, from: 1, to: { a: [null, "ä"] } }), "cas_ok")
    assert.deepEqual((await workbench.ask("c1", "n1", { type: "read", key: 1 }))?.["value"], { a: [null, "ä"] })
    assert.equal(await ask({ type: "read", key: "1" }), "error 20", "a number is another key than its text")
    assert.equal(await ask({ type: "cas", key: 2, from: 0, to: 5, create_if_not_exists: true }), "cas_ok")

    assert.equal(await ask({ type: "delete", key: 1 }), "error 10")
    assert.equal(await ask({ type: "write", key: 1 }), "error 12", "no value")
    workbench.node("n1").write("no JSON\n")
    assert.equal(await ask({ type: "read", key: 1 }), "read_ok", "after a line that is no message")
    assert.equal(workbench.unasked.length, 0)

    const node = workbench.node("n1")
    node.endInput()
    assert.deepEqual(await node.end(), { code: 0, signal: null })
    assert.match(node.stderr, /a line is no message/)
  })

  test("without the others it serves nobody, and says that it may yet", async () => {
    const workbench = new Workbench(3, ["--timeout-ms", "300"])
    await workbench.init()
    workbench.split(["n1"], ["n2", "n3"])
    await workbench.kill("n2")
    await workbench.kill("n3")
    const read = await workbench.ask("c1", "n1", { type: "read", key: 1 })
    assert.equal(told(read), "error 11")
    const write = await workbench.ask("c1", "n1", { type: "write", key: 1, value: 1 })
    assert.match(told(write), /^error (0|11)$/)
    await workbench.end()
  })
})

describe("the study", () => {
  test("ends with exit code 0 where the input is over, and at SIGTERM", async () => {
    assert.deepEqual(await study(["maelstrom"]), { code: 0, signal: null, stdout: "", stderr: "" })
    const workbench = new Workbench(1, [])
    await workbench.init()
    workbench.node("n1").signal("SIGTERM")
    assert.deepEqual(await workbench.node("n1").end(), { code: 0, signal: null })
  })

  test("refuses what it cannot be run with", async () => {
    const { code, stderr, stdout } = await study(["maelstrom", "--tick-ms", "0"])
    assert.deepEqual([code, stdout], [1, ""])
    assert.match(stderr, /--tick-ms takes a number from 5 to 10000, not "0"\./)
  })

  const hasScript = spawnSync("script", ["--version"]).status === 0
  test.skipIf(!hasScript)("says at a terminal what it waits for", async () => {
    const terminal = spawnSync("script", ["-qec", `${process.execPath} ${runner} maelstrom`, "/dev/null"], {
      input: "\u0004",
      encoding: "utf8",
      timeout: 30_000
    })
    assert.equal(terminal.status, 0)
    assert.match(terminal.stdout, /This is a node for the Maelstrom workbench.*\r?\n.*Ctrl-D/)
  })
})
