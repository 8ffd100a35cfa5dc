/**
 * --data-dir: a node that returns is the same node. What cannot be kept there is refused with what to do.
 */
import { strict as assert } from "node:assert"
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { test } from "vitest"
import { agreed, Lan, run, temporaryDirectory, untilAll } from "./nodes.ts"

interface Kept {
  readonly peerId: string
  readonly incarnation: number
  readonly reign: { readonly epoch: number } | null
}

const keptIn = (directory: string): Kept => JSON.parse(readFileSync(join(directory, "identity.json"), "utf8"))

const refused = (directory: string) => {
  const lan = new Lan()
  return run([...lan.headless(), "--data-dir", directory])
}

test("the id stays, the incarnation grows, and the accepted reign is never forgotten, however the node ends", async () => {
  const lan = new Lan()
  const directory = join(temporaryDirectory(), "made", "by", "the node")
  const other = await lan.start()
  let before: Kept | null = null
  for (const signal of ["SIGKILL", "SIGTERM", "SIGKILL"] as const) {
    const node = await lan.start({ args: ["--data-dir", directory] })
    const nodes = [node, other]
    const [status] = await untilAll("a common host", nodes, (status, all) => agreed(status, all) && status.clock > 0)
    const kept = keptIn(directory)
    assert.equal(kept.peerId, status!.peerId)
    assert.ok(kept.reign!.epoch >= status!.epoch!)
    if (before !== null) {
      assert.equal(kept.peerId, before.peerId)
      assert.equal(kept.incarnation, before.incarnation + 1)
      assert.ok(kept.reign!.epoch >= before.reign!.epoch)
    }
    node.signal(signal)
    await node.end()
    before = keptIn(directory)
    // The other plays on, and links the node anew when it is back.
    await untilAll("the other to host", [other], (status) => status.role === "host")
  }
  const rest = readdirSync(directory).filter((name) => name !== "identity.json")
  assert.ok(rest.length <= 1 && rest.every((name) => name.startsWith("lock-")), `left behind: ${rest.join(", ")}`)
})

test("a second process on one directory is refused, and the first plays on", async () => {
  const lan = new Lan()
  const directory = temporaryDirectory()
  const node = await lan.start({ args: ["--data-dir", directory] })
  const [before] = await untilAll("a host", [node], agreed)
  const second = await refused(directory)
  assert.equal(second.code, 1)
  assert.equal(second.stdout, "")
  assert.match(
    second.stderr,
    /^hostless: .* is in use by another node that is running\. Stop that one, or give this one/
  )
  await untilAll("the first to play on", [node], (status) => status.clock > before!.clock + 30)
  assert.equal(keptIn(directory).incarnation, 1)

  // The lock of a process that was killed is free at once.
  node.signal("SIGKILL")
  await node.end()
  const again = await lan.start({ args: ["--data-dir", directory] })
  await untilAll("a host", [again], agreed)
  assert.equal(keptIn(directory).incarnation, 2)
})

test("a directory that cannot be made or written is refused", async () => {
  const file = join(temporaryDirectory(), "file")
  writeFileSync(file, "")
  for (const directory of [file, join(file, "below"), "/sys/hostless"]) {
    const { code, stderr, stdout } = await refused(directory)
    assert.deepEqual([code, stdout], [1, ""], stderr)
    assert.ok(stderr.startsWith("hostless: ") && stderr.includes(directory), stderr)
    assert.match(stderr, /Name a directory that this user may write\. The option is --data-dir\.$/m)
  }
})

test("a file that is not this program's is refused, and left as it is", async () => {
  const directory = temporaryDirectory()
  for (const text of ["", "{", "{\"hostless\":1}", `{"hostless":1,"peerId":"${"x".repeat(100_000)}"}`]) {
    mkdirSync(directory, { recursive: true })
    writeFileSync(join(directory, "identity.json"), text)
    const { code, stderr, stdout } = await refused(directory)
    assert.deepEqual([code, stdout], [1, ""], stderr)
    assert.match(
      stderr,
      /identity\.json is not what this program wrote, and is left as it is\. Put a good copy in its place/
    )
    assert.equal(readFileSync(join(directory, "identity.json"), "utf8"), text)
  }
})
