/** `hostless relay` as a process of its own, with clients in other languages: the examples of the docs, run as they stand. */
import { strict as assert } from "node:assert"
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { connect, createServer } from "node:net"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, onTestFinished, test } from "vitest"
import * as EventRelayClientTcp from "../../src/layers/eventrelay/EventRelayClientTcp.ts"
import { eventually, Run, run } from "./nodes.ts"

const host = "127.41.8.1"
const root = fileURLToPath(new URL("../../", import.meta.url))
const hasPython = spawnSync("python3", ["--version"]).status === 0

const relay = async (...args: ReadonlyArray<string>) => {
  const process = new Run(["--log-level", "info", "relay", "--host", host, "--port", "0", ...args])
  const place = await process.firstLine()
  return { process, port: Number(place.split(":")[1]) }
}

const open = (port: number, name: string): EventRelayClientTcp.PlainConnection => {
  const connection = EventRelayClientTcp.open({ host, port, name })
  onTestFinished(() => connection.close())
  return connection
}

/** The docs' first block in a language, as a file within this package, so that it may import it by name. */
const example = (language: string, name: string): string => {
  const text = readFileSync(join(root, "docs", "event-relay.md"), "utf8")
  const block = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(text)
  assert.ok(block !== null, language)
  mkdirSync(join(root, "test-results"), { recursive: true })
  const directory = mkdtempSync(join(root, "test-results", "relay-"))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  writeFileSync(join(directory, name), block[1]!)
  return join(directory, name)
}

const heard = (connection: EventRelayClientTcp.PlainConnection, from: string) =>
  eventually(`an event of ${from}`, async () => {
    for (const event of connection.events()) {
      if (event._tag === "event" && (event.event as { from?: string }).from === from) return event
    }
    return null
  }, { everyMs: 10 })

describe("hostless relay", () => {
  test.skipIf(!hasPython)(
    "carries events between the docs' Python and Node clients, a plain socket and the package's client",
    async () => {
      const { port } = await relay()
      const ada = open(port, "Bo")
      await eventually("a connection", async () => ada.id())
      const node = new Run([example("js", "client.mjs"), host, String(port)], {}, [process.execPath])
      await heard(ada, "node")
      const python = new Run([example("python", "client.py"), host, String(port)], {}, ["python3"])
      await heard(ada, "python")
      const socket = connect({ host, port })
      onTestFinished(() => void socket.destroy())
      let got = ""
      socket.setEncoding("utf8").on("data", (text: unknown) => got += String(text))
      socket.write("{\"from\":\"nc\"}\n")
      await heard(ada, "nc")
      await eventually(
        "all of all",
        async () =>
          python.stdout.includes("heard {'from': 'node'") && python.stdout.includes("heard {'from': 'nc'}")
            && node.stdout.includes("heard {\"from\":\"python\"") && node.stdout.includes("heard {\"from\":\"nc\"}")
            && got.includes("{\"from\":\"node\"") || null
      )
      node.signal("SIGTERM")
      assert.equal((await node.end()).code, 0)
      const left = await eventually("its leave", async () => ada.events().find(({ _tag }) => _tag === "left") ?? null)
      assert.ok(left._tag === "left" && left.member.name === "Ada")
    }
  )

  test("ends well on SIGTERM and SIGINT: all are told, and the log sums up", async () => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      const { port, process } = await relay()
      const ada = open(port, "Ada")
      await eventually("a connection", async () => ada.id())
      process.signal(signal)
      const { code } = await process.end()
      assert.equal(code, 0, process.stderr)
      const lost = await eventually(
        "the loss",
        async () => ada.events().find(({ _tag }) => _tag === "disconnected") ?? null
      )
      assert.ok(lost._tag === "disconnected" && lost.reason === "closing", JSON.stringify(lost))
      assert.match(process.stderr, /message="so far"/)
      ada.close()
    }
  })

  test("a killed client is gone, a stopped one after a while, and a port that is taken is told", async () => {
    const server = createServer()
    await new Promise<void>((done) => server.listen(0, host, done))
    onTestFinished(() => void server.close())
    const { port: taken } = server.address() as { readonly port: number }
    const refused = await run(["relay", "--host", host, "--port", String(taken)])
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /TCP port \d+ of 127\.41\.8\.1 is taken by another program.*The option is --port\./)

    const { port } = await relay()
    const ada = open(port, "Bo")
    await eventually("a connection", async () => ada.id())
    const [killed, stopped] = [0, 1].map(() =>
      new Run([example("js", "client.mjs"), host, String(port)], {}, [process.execPath])
    )
    await heard(ada, "node")
    await eventually("both", async () => stopped!.stdout.includes("heard") && killed!.stdout.includes("heard") || null)
    killed!.signal("SIGKILL")
    stopped!.signal("SIGSTOP")
    const reasons: Array<string> = []
    await eventually("both ends", async () => {
      for (const event of ada.events()) if (event._tag === "gone") reasons.push(event.reason)
      return reasons.length === 2 || null
    }, { timeoutMs: 30_000 })
    assert.ok(reasons[0] !== "silent" && reasons[1] === "silent", reasons.join())
  })
})
