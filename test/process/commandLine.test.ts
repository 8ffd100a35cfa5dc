/**
 * The command line as people meet it: what it says, and its exit codes.
 */
import { strict as assert } from "node:assert"
import { spawnSync } from "node:child_process"
import { createSocket } from "node:dgram"
import { createServer, type Server } from "node:http"
import { createServer as createTcpServer } from "node:net"
import { describe, onTestFinished, test } from "vitest"
import { often, rarely } from "../setup/often.ts"
import { agreed, Lan, Run, run, temporaryDirectory, untilAll } from "./nodes.ts"

/** A server that is there for the test, at any port. */
const served = async (address: string, answer: Parameters<typeof createServer>[1]): Promise<Server> => {
  const server = createServer(answer)
  await new Promise<void>((done) => server.listen(0, address, done))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return server
}

const portOf = (server: { address(): unknown }): number => (server.address() as { readonly port: number }).port

describe("help", () => {
  const words = often(["", "join", "bench failover"], [
    "",
    "play",
    "status",
    "list",
    "join",
    "rooms",
    "relay",
    "demo",
    "demo relay",
    "bench",
    "bench failover",
    "bench lan",
    "bench soak",
    "bench undisturbed"
  ])
  const commands = words.map((line) => line === "" ? [] : line.split(" "))
  for (const command of commands) {
    test(["hostless", ...command, "--help"].join(" "), async () => {
      for (const flag of command.length === 0 ? ["--help", "-h"] : ["--help"]) {
        const { code, stderr, stdout } = await run([...command, flag])
        assert.deepEqual([code, stderr], [0, ""])
        assert.ok(stdout.startsWith(["hostless", ...command].join(" ")), stdout)
        assert.ok(stdout.split("\n").every((line) => line.length <= 120), "lines are of a readable length")
        assert.ok(!stdout.includes("\u001b"), "no colours where there is no terminal")
        assert.match(stdout, /--log-level/)
      }
    })
  }

  test("every option of play is explained", async () => {
    const { stdout } = await run(["play", "--help"])
    const options = [
      "name",
      "cluster",
      "ip",
      "http-port",
      "discovery-port",
      "link-port",
      "peer",
      "data-dir",
      "bots",
      "headless",
      "share",
      "no-preempt",
      "quorum"
    ]
    for (const option of options) assert.match(stdout, new RegExp(`^  --${option}\\b.*  \\S`, "m"))
  })

  test("hostless alone shows its commands, --version its version", async () => {
    const alone = await run([])
    assert.equal(alone.code, 0)
    assert.match(alone.stdout, /hostless play .*\n/)
    const version = await run(["--version"])
    assert.match(version.stdout, /^\d+\.\d+\.\d+\n/)
  })
})

describe("what is refused before anything is started", () => {
  type Case = readonly [args: ReadonlyArray<string>, says: RegExp]
  const cases: ReadonlyArray<Case> = [
    [["nope"], /Invalid subcommand.*play/],
    [["play", "chess"], /There is no game "chess"\. Say "hostless play" and one of these: gather, pong, raftian\./],
    [["play", "gather", "--nope"], /unknown argument: '--nope'/],
    [["play", "gather", "--bots", "17"], /--bots takes a number from 0 to 16, not "17"\./],
    [["play", "gather", "--name", ""], /--name takes 1 to 48 printable characters, not ""\./],
    [["play", "gather", "--peer", "somewhere:99999"], /--peer takes HOST:PORT, such as .*, not "somewhere:99999"\./],
    [["play", "gather", "--scene", "/nowhere.js"], /There is no scene module \/nowhere\.js/],
    [["play", "gather", "--ip", "192.0.2.77"], /192\.0\.2\.77 is not an address of this machine.*choose one of those/],
    [["status", "--url", "ftp://here"], /"ftp:\/\/here" is no address of a page\. Give --url one like/]
  ]
  const more: ReadonlyArray<Case> = [
    [["play"], /Play what\? Say "hostless play" and one of these: gather, pong, raftian\./],
    [["play", "gather", "chess"], /unknown argument: 'chess'/],
    [["play", "gather", "--bots", "-1"], /--bots takes a number from 0 to 16, not "-1"\./],
    [["play", "gather", "--bots", "two"], /--bots takes a number from 0 to 16, not "two"\./],
    [["play", "gather", "--http-port", "65536"], /--http-port takes a number from 0 to 65535/],
    [["play", "gather", "--http-port", "80.5"], /--http-port takes a number from 0 to 65535/],
    [["play", "gather", "--discovery-port", "0"], /--discovery-port takes a number from 1 to 65535/],
    [["play", "gather", "--link-port", "70000"], /--link-port takes a number from 0 to 65535/],
    [["play", "gather", "--name", "x".repeat(49)], /--name takes 1 to 48 printable characters/],
    [["play", "gather", "--cluster", "a\u0007b"], /--cluster takes 1 to 48 printable characters/],
    [
      ["play", "gather", "--cluster", "x".repeat(500)],
      /--cluster takes 1 to 48 printable characters, not 500 characters/
    ],
    [["play", "gather", "--peer", "127.0.0.1:1", "--peer", "a b"], /--peer takes HOST:PORT.*not "a b"\./],
    [["play", "gather", "--wire", "xml"], /msgpack, json/],
    [["play", "gather", "--ip", "home"], /"home" is no IPv4 address/],
    [["relay", "--port", "70000"], /--port takes a number from 0 to 65535/],
    [["relay", "--host", "192.0.2.77", "--port", "0"], /192\.0\.2\.77 is not an address of this machine.*--host/]
  ]
  for (const [args, says] of [...cases, ...often([], more)]) {
    test(args.map((arg) => JSON.stringify(arg.slice(0, 60))).join(" "), async () => {
      const { code, stderr, stdout } = await run(args)
      assert.deepEqual([code, stdout], [1, ""], stderr)
      assert.match(stderr, says)
      assert.ok(!/\bat .*\.js:\d+/.test(stderr), `no stack: ${stderr}`)
    })
  }

  test("GAME_IP is heeded, and --ip goes before it", async () => {
    const lan = new Lan()
    const wrong = await run(["play", "gather", "--headless"], { GAME_IP: "192.0.2.77" })
    assert.equal(wrong.code, 1)
    assert.match(wrong.stderr, /192\.0\.2\.77 is not an address of this machine/)
    const node = await lan.start({ env: { GAME_IP: "192.0.2.77" } })
    assert.ok(node.url.startsWith(`http://${node.address}:`))
  })
})

describe("ports", () => {
  test("a page's port that is taken is named, with what to do", async () => {
    const lan = new Lan()
    const address = lan.nextAddress()
    const port = portOf(await served(address, (_, response) => response.end()))
    const { code, stderr } = await run(lan.headless(address, port))
    assert.equal(code, 1)
    assert.match(
      stderr,
      new RegExp(`^hostless: Port ${port} on ${address} is taken by another program\\. Choose another`)
    )
    assert.match(stderr, /--http-port/)
  })

  test("a link port that is taken is named, with what to do; without --link-port another is found", async () => {
    const lan = new Lan()
    const address = lan.nextAddress()
    const server = createTcpServer()
    await new Promise<void>((done) => server.listen(43_234, address, done))
    onTestFinished(() => void server.close())
    const common = lan.headless(address)
    const { code, stderr } = await run([...common, "--link-port", "43234"])
    assert.equal(code, 1)
    assert.match(stderr, new RegExp(`TCP port 43234 of ${address} is taken by another program.*--link-port`))
    const found = new Run(common)
    assert.match(await found.firstLine(), /^http:/)
  })

  rarely(() => {
    test("a discovery port that is taken by somebody who does not share it is named, with what to do", async () => {
      const lan = new Lan()
      const socket = createSocket("udp4")
      await new Promise<void>((done) => socket.bind({ port: lan.discoveryPort, exclusive: true }, done))
      onTestFinished(() => void socket.close())
      const { code, stderr } = await run(lan.headless())
      assert.equal(code, 1)
      assert.match(stderr, new RegExp(`UDP port ${lan.discoveryPort} is taken by another program.*--discovery-port`))
    })
  })
})

describe("output", () => {
  test("the first line is the page's address; without --http-port it has a port from 8080 on", async () => {
    const lan = new Lan()
    const address = lan.nextAddress()
    const first = new Run([
      "play",
      "gather",
      "--headless",
      "--ip",
      address,
      "--discovery-port",
      String(lan.discoveryPort)
    ])
    const second = new Run([
      "play",
      "gather",
      "--headless",
      "--ip",
      address,
      "--discovery-port",
      String(lan.discoveryPort)
    ])
    const ports = await Promise.all([first, second].map(async (node) => {
      const page = new URL(await node.firstLine())
      assert.equal(page.hostname, address)
      assert.match(page.search, /^\?key=[0-9a-f]{32}$/)
      return Number(page.port)
    }))
    assert.deepEqual(ports.sort(), [8080, 8081])
  })

  test("bots of several nodes have names and colours of their own", async () => {
    const lan = new Lan()
    const first = await lan.start({ bots: 5 })
    await untilAll("its bots", [first], (status) => status.players.length === 5)
    const second = await lan.start({ bots: 5 })
    const [status] = await untilAll("all bots", [first, second], ({ players }) => players.length === 10)
    assert.equal(new Set(status!.players.map((player) => player.name)).size, 10)
  })

  rarely(() => {
    test("more bots than there are seats: the rest is told, and the node stays", async () => {
      const lan = new Lan()
      const first = await lan.start({ bots: 16 })
      await untilAll("its bots", [first], (status) => status.players.length === 16)
      // On a busy machine one that hears of nobody in time plays alone first, and has its seat there.
      let second = await lan.start({ bots: 1 })
      for (let attempt = 0; attempt < 5; attempt++) {
        await untilAll("the second", [first, second], agreed)
        const { peerId, reigns } = await second.status()
        if (reigns.every(({ cause, host }) => host !== peerId || cause === "handover")) break
        await second.kill()
        second = await lan.start({ bots: 1 })
      }
      await untilAll("the second", [first, second], (status, all) => agreed(status, all) && second.stderr !== "")
      assert.match(second.stderr, /^hostless: \w+ does not play here: all seats are taken\.\n$/)
      assert.ok(second.running)
    })
  })

  test("a bot log that cannot be written is named", async () => {
    const lan = new Lan()
    const file = `${temporaryDirectory()}/none/bots.jsonl`
    const { code, stderr } = await run([...lan.headless(), "--bots", "1", "--bot-log", file])
    assert.equal(code, 1)
    assert.ok(stderr.startsWith(`hostless: ${file} cannot be written`), stderr)
  })
})

/** Where this account may not make network namespaces, the test says so. */
const namespaces = spawnSync("unshare", ["-n", "ip", "link", "set", "lo", "up"]).status === 0

test.skipIf(!namespaces)("a machine without a network: the node plays alone on loopback, and says so", async () => {
  const node = new Run(
    [
      "-n",
      "sh",
      "-c",
      `ip link set lo up && exec "${process.execPath}" bin/hostless.js play gather --headless --bots 1`
    ],
    {},
    ["unshare"]
  )
  assert.match(await node.firstLine(), /^http:\/\/127\.0\.0\.1:8080\//)
  assert.match(node.stderr, /^No network was found: this node plays alone, on this machine only\.\n$/)
  node.signal("SIGTERM")
  assert.deepEqual(await node.end(), { code: 0, signal: null })
})

describe("status", () => {
  test("shows the cluster as a table and as JSON", async () => {
    const lan = new Lan()
    // Nobody hands over while it is looked at.
    const [first, second] = await lan.startAll(2, { args: ["--no-preempt"] })
    const nodes = [first!, second!]
    const [status] = await untilAll("bots at play", nodes, (one, all) => agreed(one, all) && one.players.length === 2)
    const json = await run(["status", "--url", first!.page, "--json"])
    assert.deepEqual([json.code, json.stderr], [0, ""])
    const said = JSON.parse(json.stdout)
    assert.equal(said.peerId, status!.peerId)
    assert.deepEqual(said.peers.map((peer: { name: string }) => peer.name), [second!.name])
    const { code, stderr, stdout } = await run(["status", "--url", first!.url])
    assert.deepEqual([code, stderr], [0, ""])
    assert.ok(!stdout.includes("\u001b"))
    assert.match(stdout, new RegExp(`^gather in cluster ${lan.cluster}: n\\d hosts`))
    for (const node of nodes) assert.match(stdout, new RegExp(`^  ${node.name} +(host|peer) .*`, "m"))
    assert.match(
      stdout,
      new RegExp(`^  ${second!.name} .*${second!.address.replaceAll(".", "\\.")} +up +[\\d.]+ ms`, "m")
    )
    for (const player of status!.players) assert.match(stdout, new RegExp(`^  ${player.name} +\\d+ +\\d+ +n\\d`, "m"))
    assert.match(stdout, /^Reigns\n.*interregnum\n +\d+ +n\d +\w+ /m)
    assert.match(stdout, /frames in [\d ]+ · frames out/)
  })

  test("nobody there: says so, and what to do", async () => {
    const lan = new Lan()
    const gone = await served(lan.nextAddress(), () => {})
    const url = `http://${lan.net}.1:${portOf(gone)}`
    gone.close()
    const { code, stderr, stdout } = await run(["status", "--url", url])
    assert.deepEqual([code, stdout], [1, ""])
    assert.match(stderr, /^hostless: No node answers at http.*ECONNREFUSED.*Is it still running\?/)
  })

  test("somebody else there, or something else than a status: says so", async () => {
    const lan = new Lan()
    const answers = [["nothing", 404], ["{\"peerId\":1}", 200], ["<html>", 200]] as const
    for (const [body, code] of answers) {
      const server = await served(lan.nextAddress(), (_, response) => response.writeHead(code).end(body))
      const address = server.address() as { readonly address: string; readonly port: number }
      const other = await run(["status", "--json", "--url", `${address.address}:${address.port}`])
      assert.deepEqual([other.code, other.stdout], [1, ""])
      assert.match(other.stderr, /^hostless: http:\/\/127\..* answers, but .*Is it a hostless node/)
    }
  })
})

describe("list", () => {
  test("names the games that are played, with their clusters", async () => {
    const lan = new Lan()
    await Promise.all([
      lan.start({ cluster: "red", bots: 0 }),
      lan.start({ cluster: "red", bots: 0 }),
      lan.start({ cluster: "it's blue", bots: 0 })
    ])
    const common = ["list", "--ip", lan.nextAddress(), "--discovery-port", String(lan.discoveryPort)]
    const [table, json] = await Promise.all([run(common), run([...common, "--json"])])
    assert.deepEqual([table.code, table.stderr], [0, ""])
    assert.match(
      table.stdout,
      /^  gather +red +2 +this machine only +hostless play gather --cluster red --ip 127\.0\.0\.1$/m
    )
    assert.match(table.stdout, /^  gather +it's blue +1 .*--cluster 'it'\\''s blue'/m)
    assert.deepEqual(JSON.parse(json.stdout), [
      { cluster: "it's blue", game: "gather", nodes: 1, thisMachineOnly: true },
      { cluster: "red", game: "gather", nodes: 2, thisMachineOnly: true }
    ])
  })

  test("says so when nobody plays", async () => {
    const lan = new Lan()
    const { code, stdout } = await run([
      "list",
      "--ip",
      lan.nextAddress(),
      "--discovery-port",
      String(lan.discoveryPort)
    ])
    assert.equal(code, 0)
    assert.match(stdout, /^Nobody plays around here\. "hostless play gather" begins\.\n$/)
  })
})
