/** Servers and thin clients: real processes on loopback, as users start them. */
import { afterEach, assert, describe, it } from "vitest"
import type { RoomSummary } from "../../src/protocol/Session.ts"
import { often, rarely } from "../setup/often.ts"
import { stopwatch } from "./machine.ts"
import {
  agreed,
  eventually,
  figure,
  Lan,
  type RealNode,
  type Run,
  settled,
  split,
  type StartOptions,
  untilAll
} from "./nodes.ts"

/** A line of `join --ui none`. */
interface Told {
  readonly atMs: number
  readonly epoch: number
  readonly seat: number | null
  readonly stage: string
  readonly round: number
  readonly winner: number | null
}

const toldBy = ({ stdout }: Run): ReadonlyArray<Told> =>
  stdout.split("\n").slice(0, -1).map((line) => JSON.parse(line) as Told)

const until = (what: string, sitters: ReadonlyArray<Run>, holds: (told: Told) => boolean, timeoutMs = 60_000) =>
  eventually(what, async () => {
    const found = sitters.map((sitter) => toldBy(sitter).find(holds))
    return found.every((told) => told !== undefined) ? found : null
  }, { timeoutMs }).catch(async (cause) => {
    const statuses = await Promise.all(lan?.nodes.map((node) => node.tryStatus()) ?? [])
    const known = statuses.map((status) => JSON.stringify([status?.reigns, status?.rooms, status?.players]))
    const said = sitters.map(({ stderr, stdout }) => stdout + stderr)
    throw new Error(`${what}:\n${[...said, ...known].join("\n")}`, { cause })
  })

const points = often(1, 2)
const four = ["--room", "four", "--set", "seats=4", "--set", `points=${points}`]

/** The network of the test that runs. */
let lan: Lan | null = null

describe("a cluster of servers", () => {
  afterEach(async () => {
    await Promise.all(lan?.nodes.map((node) => node.kill()) ?? [])
  })

  const serve = async (many: number, options: (n: number) => StartOptions = () => ({})) => {
    const net = lan = new Lan()
    const servers: Array<RealNode> = []
    for (let n = 0; n < many; n++) servers.push(await net.start({ command: ["serve"], ...options(n) }))
    return { net, servers }
  }

  /** Two players by bots, and two who sit there and tell what they see. */
  const players = (net: Lan, { args = [], ...rest }: StartOptions = {}) => {
    const sitters = [1, 2].map(() => net.join({ args: [...four, "--ui", "none", ...args], ...rest }))
    const bots = [1, 2].map(() => net.join({ args: [...four, "--ui", "bot", ...args], ...rest }))
    return { sitters, all: [...sitters, ...bots] }
  }

  const end = (runs: ReadonlyArray<Run>) => Promise.all(runs.map((run) => run.kill()))

  it("is found; four begin within a frame or two of each other, play, have a winner and a rematch", async () => {
    const { net, servers } = await serve(3)
    const [status] = await untilAll("the highest to host", servers, settled)
    assert.strictEqual(status!.shape, "cluster")
    const { all, sitters } = players(net)
    const watching = stopwatch()
    const began = await until("the match", sitters, ({ round, stage }) => stage === "playing" && round === 1)
    const apartMs = Math.abs(began[0]!.atMs - began[1]!.atMs)
    figure("between the starts of a match on two screens", apartMs)
    watching.within("between the starts of a match on two screens", apartMs, 100)
    // Where somebody was waited for, it counts down once more.
    await eventually("the room on the list", async () => {
      const listed = JSON.parse((await net.rooms("--json")).stdout) as ReadonlyArray<RoomSummary>
      const four = listed.find(({ room }) => room === "four")
      assert.deepInclude(four, { seatsMax: 4 })
      return four!.players === 4 && four!.stage === "playing" || null
    })
    await eventually("the room in the table", async () => {
      const { stdout } = await net.rooms()
      return new RegExp(`^ {2}four +4 of 4 +[a-z]+ +.*points=${points}.* hostless join .*--room four$`, "m").test(
        stdout
      ) || null
    })
    const won = await until("a winner", sitters, ({ round, winner }) => round === 1 && winner !== null, 120_000)
    assert.strictEqual(won[0]!.winner, won[1]!.winner)
    await until("the rematch", sitters, ({ round, stage }) => round === 2 && stage === "playing")
    const rooms = (await servers[0]!.status()).rooms
    assert.deepInclude(rooms.find(({ room }) => room === "four"), { game: "pong", seats: 4 })
    await end(all)
  })

  it("is told of where there is none", async () => {
    const { code, stderr } = await new Lan().rooms()
    assert.strictEqual(code, 1)
    assert.match(stderr, /No server of .* has answered .* "hostless serve" starts one/)
  })

  it("loses its leader in a rally, and play goes on: same seats, nothing undone", async () => {
    const { net, servers } = await serve(3, () => ({ args: ["--no-preempt"] }))
    const { all, sitters } = players(net)
    const began = await until("the match", sitters, ({ stage }) => stage === "playing")
    const { host, others } = split(servers, await untilAll("one host", servers, agreed))
    const scores = async (of: RealNode) =>
      Object.fromEntries((await of.status()).players.map(({ score, seat }) => [seat, score]))
    const before = await scores(others[0]!)
    const epoch = toldBy(sitters[0]!).at(-1)!.epoch
    await host.kill()
    const after = await until("play", sitters, (told) => told.epoch > epoch && told.stage === "playing")
    assert.deepStrictEqual(after.map(({ seat }) => seat), began.map(({ seat }) => seat))
    for (const status of await untilAll("one host again", others, agreed)) {
      assert.strictEqual(status.counters.regressions, 0)
      assert.strictEqual(status.counters.inputsDisputed, 0)
      assert.strictEqual(status.players.filter(({ away }) => !away).length, 4)
    }
    const now = await scores(others[0]!)
    if (toldBy(sitters[0]!).at(-1)!.round === began[0]!.round) {
      for (const [seat, score] of Object.entries(before)) assert.isAtLeast(now[seat]!, score)
    }
    await end(all)
  })

  rarely(() => {
    it("is played where no broadcast passes, with places given by hand", async () => {
      // Each calls at a port of its own, where nobody listens.
      const control = (n: number) => 31_000 + n
      const { net, servers } = await serve(2, (n) => ({
        discoveryPort: 30_100 + n,
        args: [
          "--control-port",
          String(control(n)),
          ...(n === 0 ? [] : ["--peer", `${lan!.nodes[0]!.address}:${control(0)}`])
        ]
      }))
      await untilAll("the highest to host", servers, settled)
      const place = /players: (\S+)/.exec(servers[1]!.stdout)![1]!
      const { all, sitters } = players(net, { discoveryPort: 30_199, args: ["--peer", place] })
      await until("the match", sitters, ({ stage }) => stage === "playing")
      await end(all)
    })
  })

  it("is waited for, with advice, where there is none", async () => {
    const net = lan = new Lan()
    const waiting = net.join({ args: ["--ui", "none"] })
    await eventually("advice", async () => waiting.stderr.includes("hostless serve") || null)
    assert.isTrue(waiting.running)
    await waiting.kill()
  })

  it("says what is wrong with what it was asked for", async () => {
    const { net, servers } = await serve(1)
    await untilAll("a host", servers, (status) => status.role === "host")
    const odd = net.join({ args: ["--ui", "none", "--set", "seats=9"] })
    assert.strictEqual((await odd.end(20_000)).code, 1)
    assert.include(odd.stderr, "seats=2")
    const late = net.join({ args: ["--ui", "none", "--set", "seats=4"] })
    assert.strictEqual((await late.end(20_000)).code, 1)
    assert.include(late.stderr, "Room main is open already, with seats=2")
    const long = net.join({ name: "x".repeat(25), args: ["--ui", "none"] })
    assert.strictEqual((await long.end(20_000)).code, 1)
    assert.include(long.stderr, "1 to 24 printable characters")
    const blind = net.join({ args: ["--ui", "terminal"] })
    assert.strictEqual((await blind.end(20_000)).code, 1)
    assert.include(blind.stderr, "--ui bot")
  })
})
