/** The pure parts of `npm run bench -- raft`. */
import { assert, describe, it } from "vitest"
import * as Raft from "../../bench/Raft.ts"
import * as Etcd from "../../bench/raft/Etcd.ts"
import { framed, putRequest } from "../../bench/raft/Grpc.ts"
import { commandOf, measuredOf, payloadBytes } from "../../bench/raft/Load.ts"
import * as Protocol from "../../bench/raft/Protocol.ts"
import { fc } from "../setup/chance.ts"

describe("the load", () => {
  it("is commands of 64 bytes, no two of them the same", () => {
    const all = [0, 1, 127].flatMap((proposer) => [0, 1, 2, 65_536].map((number) => commandOf(proposer, number)))
    assert.ok(all.every(({ length }) => length === payloadBytes && payloadBytes === 64))
    assert.equal(new Set(all.map((bytes) => Buffer.from(bytes).toString("hex"))).size, all.length)
  })

  it("is told by commits a second and nearest-rank percentiles", () => {
    const latenciesMs = Array.from({ length: 200 }, (_, i) => (200 - i) / 8)
    assert.deepEqual(measuredOf(16, latenciesMs, 500), {
      proposers: 16,
      commits: 200,
      commitsPerSecond: 400,
      latencyMs: { samples: 200, p50: 12.5, p90: 22.5, p99: 24.75, max: 25 }
    })
    assert.equal(measuredOf(1, [], 0).commitsPerSecond, 0)
  })
})

describe("commands on their way", () => {
  it("come whole, however the stream is cut", () => {
    fc.assert(fc.property(
      fc.array(fc.nat(0xffff_ffff), { maxLength: 20 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 150 })),
      (numbers, cuts) => {
        const stream = Buffer.concat(numbers.map((number, i) => Protocol.requestOf(number, commandOf(i, number))))
        const records = new Protocol.Records(Protocol.requestBytes)
        const found: Array<readonly [number, string]> = []
        for (let at = 0; at < stream.length;) {
          const next = at + cuts.next().value!
          for (const record of records.push(stream.subarray(at, next))) {
            const { command, number } = Protocol.parseRequest(record)
            found.push([number, Buffer.from(command).toString("hex")])
          }
          at = next
        }
        assert.deepEqual(found, numbers.map((n, i) => [n, Buffer.from(commandOf(i, n)).toString("hex")] as const))
      }
    ))
  })

  it("are answered by their number", () => {
    for (const committed of [true, false]) {
      const bytes = Protocol.answerOf(0xffff_fffe, committed)
      assert.equal(bytes.length, Protocol.answerBytes)
      assert.deepEqual(Protocol.parseAnswer(bytes), { number: 0xffff_fffe, committed })
    }
  })
})

describe("etcd", () => {
  it("is told a put as protocol buffers have it, in a frame of gRPC", () => {
    const put = putRequest(Buffer.from("k1"), Buffer.from("value"))
    assert.equal(put.toString("hex"), `0a026b311205${Buffer.from("value").toString("hex")}`)
    assert.equal(framed(put).toString("hex"), `000000000b${put.toString("hex")}`)
    assert.throws(() => putRequest(Buffer.alloc(128), Buffer.alloc(1)), /too long/)
  })

  it("says its version", () => {
    assert.equal(Etcd.parseVersion("etcd Version: 3.4.23\nGit SHA: Not provided\n"), "3.4.23")
    assert.equal(Etcd.parseVersion("something else"), null)
  })

  it("is started as one of a cluster", () => {
    const args = Etcd.argsOf(1, ["127.9.9.1", "127.9.9.2"], 2_000, "/place")
    const told = (name: string) => args[args.indexOf(`--${name}`) + 1]
    assert.equal(told("data-dir"), "/place/1")
    assert.equal(told("listen-client-urls"), "http://127.9.9.2:2000")
    assert.equal(told("listen-peer-urls"), "http://127.9.9.2:2001")
    assert.equal(told("initial-cluster"), "n0=http://127.9.9.1:2001,n1=http://127.9.9.2:2001")
  })
})

it("the report is a table of all that was measured", () => {
  const row = { kind: "durable" as const, nodes: 3, ...measuredOf(128, [1, 2, 3], 0.1) }
  const lines = Raft.describe({ etcd: "3.4.23", seconds: 5, payloadBytes, rows: [row] }).split("\n")
  assert.match(lines[0]!, /64 bytes, 5 s each, beside etcd 3\.4\.23/)
  assert.match(lines.at(-1)!, /^on disk, a process each +3 +128 +30,000 +2 +3 +3$/)
})
