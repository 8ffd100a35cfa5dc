/** Whole games through real brokers: hosts are killed, brokers stopped and started again, nodes started before them. */
import { Effect } from "effect"
import { strict as assert } from "node:assert"
import { describe, test } from "vitest"
import type { BrokerServer } from "../../bench/broker/Server.ts"
import * as BotAccounts from "../../src/programs/bench/BotAccounts.ts"
import type { Status } from "../../src/protocol/Status.ts"
import { stopwatch } from "../process/machine.ts"
import {
  agreed,
  eventually,
  figure,
  Lan,
  now,
  type RealNode,
  type Run,
  sleep,
  split,
  temporaryDirectory,
  untilAll,
  watch
} from "../process/nodes.ts"
import { kinds, serverFor } from "./servers.ts"

/** Defines the test of a game. */
type Play = (server: () => BrokerServer) => void

/** Play goes on so soon after a broker's return, on a machine that has time. */
const returnMsMax = 2_000

/**
 * What no change of host, and no absence of a broker, may have done since nodes that start together have met. `hadTime`:
 * whether the machine had: nodes that hear nobody for long after the broker's return go on without each other, and without a
 * quorum some are told then what they lose.
 */
const assertNothingLost = (
  nodes: ReadonlyArray<RealNode>,
  before: ReadonlyArray<Status>,
  after: ReadonlyArray<Status>,
  hadTime: boolean
): void => {
  const said = nodes.map((node) => `${node.name}: ${node.stderr}`).join("\n")
  const found = after.map(({ counters: { inputsDisputed, lossesTold, regressions }, name, peerId }) => {
    const toldBefore = before.find((one) => one.peerId === peerId)!.counters.lossesTold
    return { name, inputsDisputed, regressions, lossesTold: hadTime ? lossesTold - toldBefore : 0 }
  })
  assert.deepEqual(found, found.map(({ name }) => ({ name, inputsDisputed: 0, regressions: 0, lossesTold: 0 })), said)
}

/** What the bots sent and were acknowledged is what was applied. */
const assertInputs = async (logs: ReadonlyMap<string, string>, nodes: ReadonlyArray<RealNode>): Promise<void> => {
  for (const node of nodes) {
    const read = () => BotAccounts.read(logs.get(node.name)!)
    const { account, player } = await eventually(`a look at ${node.name}'s bot`, async () => {
      const before = read()
      const status = await node.status()
      const account = BotAccounts.around(before, read())
      const player = status.players.find((one) => one.node === status.peerId)
      return account !== null && account.seat === player?.seat ? { account, player } : null
    })
    const { checked, doubled, lost } = BotAccounts.compare(account, player)
    assert.ok(checked > 0)
    assert.deepEqual({ doubled, lost }, { doubled: 0, lost: 0 })
  }
}

/** Takes the broker away for a while; how long after its return all play on, in milliseconds. */
const away = async (server: BrokerServer, nodes: ReadonlyArray<RealNode>, ms: number): Promise<number> => {
  await Effect.runPromise(server.kill)
  await eventually(
    "everybody to notice",
    async () => nodes.every(({ stderr }) => stderr.includes("the broker is away")) || null
  )
  let stopped = await untilAll("the statuses", nodes, () => true)
  // What was on its way when the last one noticed has come by then.
  await eventually("the game to stand still", async () => {
    const before = stopped
    stopped = await untilAll("the statuses", nodes, () => true)
    return stopped.every(({ clock }, i) => clock === before[i]!.clock) || null
  }, { everyMs: 300 })
  await sleep(ms)
  const still = await untilAll("the statuses", nodes, () => true)
  assert.deepEqual(still.map(({ clock }) => clock), stopped.map(({ clock }) => clock), "nobody plays on alone")
  assert.deepEqual(still.map(({ waitsFor }) => waitsFor !== null), still.map(() => true))
  await Effect.runPromise(server.start)
  const backAt = now()
  await untilAll("play", nodes, ({ clock, name }) => clock > still.find((one) => one.name === name)!.clock, {
    everyMs: 50
  })
  return now() - backAt
}

export const gather: Play = (server) => {
  test("Gather: started before its broker, whose loss it waits out; its host is killed", async () => {
    const lan = new Lan()
    const env = { GAME_TRANSPORT: server().url }
    const directory = temporaryDirectory()
    const logs = new Map(["n1", "n2", "n3"].map((name) => [name, `${directory}/${name}.jsonl`]))
    const launch = (name: string) => lan.launch({ name, env, args: ["--bot-log", logs.get(name)!, "--no-preempt"] })
    await Effect.runPromise(server().stop)
    const early = launch("n1")
    await eventually("it to say that it waits", async () => early.stderr.includes("waiting for the broker") || null)
    await Effect.runPromise(server().start)
    const nodes = await Promise.all([early.up(), launch("n2").up(), launch("n3").up()])
    const atPlay = (status: Status, all: ReadonlyArray<Status>) =>
      agreed(status, all) && status.players.length === 3
      && status.players.every(({ lastInput, score }) => score > 0 && lastInput > 0)
    const before = await untilAll("bots at play", nodes, atPlay)

    const eyes = nodes.map((node) => watch(node))
    const watching = stopwatch()
    const backMs = await away(server(), nodes, 1_500)
    figure("play after the broker's return", backMs)
    const after = await untilAll("all at play", nodes, agreed)
    for (const eye of eyes) assert.deepEqual((await eye.stop()).regressions, [])
    for (const { epoch, host } of after) {
      assert.equal(host, before[0]!.host, "the same host hosts")
      // A broker that starts takes all that a busy machine has, and nodes may suspect each other once more.
      if (watching.hadTime()) assert.equal(epoch, before[0]!.epoch, "in the same reign")
    }
    assertNothingLost(nodes, before, after, watching.hadTime())
    await assertInputs(logs, nodes)
    watching.within("play after the broker's return", backMs, returnMsMax)

    const { host, hostStatus, others } = split(nodes, after)
    const ending = stopwatch()
    host.signal("SIGKILL")
    const taken = await untilAll(
      "another host",
      others,
      (status, all) => agreed(status, all) && status.epoch! > hostStatus.epoch! && status.clock > hostStatus.clock
    )
    for (const { epoch, peerId, reigns } of taken) {
      const reign = reigns.find((one) => one.epoch === epoch)!
      if (ending.hadTime()) assert.equal(reign.cause, "crash")
      if (reign.host === peerId) continue
      figure("interregnum after kill -9", reign.interregnumMs!)
      ending.within("interregnum", reign.interregnumMs!, 1_000)
    }
    await sleep(500)
    const end = await untilAll("play", others, agreed)
    assertNothingLost(others, after, end, ending.hadTime())
    await assertInputs(logs, others)
    const secret = new URL(server().url).password
    for (const { stderr, stdout } of nodes) assert.ok(secret === "" || !`${stdout}${stderr}`.includes(secret))
  })
}

/** Raft's leader leads by a majority that hears it: none does while the broker is away, so another term may follow. */
export const byRaft: Play = (server) => {
  test("Gather by Raft, whose broker goes and comes, and whose leader is killed", async () => {
    const lan = new Lan()
    const directory = temporaryDirectory()
    const logs = new Map(["n1", "n2", "n3"].map((name) => [name, `${directory}/${name}.jsonl`]))
    const nodes = await Promise.all(
      Array.from(
        logs,
        ([name, log]) =>
          lan.start({ name, env: { GAME_TRANSPORT: server().url }, args: ["--election", "raft", "--bot-log", log] })
      )
    )
    const before = await untilAll(
      "three voters at play",
      nodes,
      (status, all) =>
        agreed(status, all) && status.election.voters.length === 3
        && status.players.length === 3 && status.players.every(({ lastInput }) => lastInput > 0)
    )

    const eyes = nodes.map((node) => watch(node))
    const watching = stopwatch()
    const backMs = await away(server(), nodes, 1_500)
    figure("play by Raft after the broker's return", backMs)
    const after = await untilAll("all at play", nodes, agreed)
    for (const eye of eyes) assert.deepEqual((await eye.stop()).regressions, [])
    assertNothingLost(nodes, before, after, true)
    await assertInputs(logs, nodes)
    watching.within("play after the broker's return", backMs, returnMsMax)

    const { host, hostStatus, others } = split(nodes, after)
    host.signal("SIGKILL")
    await untilAll(
      "another leader",
      others,
      (status, all) => agreed(status, all) && status.epoch! > hostStatus.epoch! && status.clock > hostStatus.clock
    )
    await sleep(500)
    assertNothingLost(others, after, await untilAll("play", others, agreed), true)
    await assertInputs(logs, others)
  })
}

/** A line of `join --ui none`. */
interface Told {
  readonly epoch: number
  readonly seat: number | null
  readonly stage: string
}

const toldBy = ({ stdout }: Run): ReadonlyArray<Told> =>
  stdout.split("\n").slice(0, -1).map((line) => JSON.parse(line) as Told)

export const pong: Play = (server) => {
  test("Pong: four at three servers, whose broker goes and comes, and whose leader is killed", async () => {
    const lan = new Lan()
    const servers: Array<RealNode> = []
    for (let n = 0; n < 3; n++) {
      servers.push(
        await lan.start({ command: ["serve"], env: { GAME_TRANSPORT: server().url }, args: ["--no-preempt"] })
      )
    }
    await untilAll("one host", servers, agreed)
    const four = ["--room", "four", "--set", "seats=4", "--set", "points=9"]
    const sitters = [1, 2].map(() => lan.join({ args: [...four, "--ui", "none"] }))
    const bots = [1, 2].map(() => lan.join({ args: [...four, "--ui", "bot"] }))
    const until = (what: string, holds: (told: Told) => boolean) =>
      eventually(what, async () => {
        const found = sitters.map((sitter) => toldBy(sitter).findLast(holds))
        return found.every((told) => told !== undefined) ? found : null
      }, { timeoutMs: 60_000 })
    const began = await until("the match", ({ stage }) => stage === "playing")
    const scores = async (of: RealNode) =>
      Object.fromEntries((await of.status()).players.map(({ gamesWon, score, seat }) => [seat, 100 * gamesWon + score]))
    const notLess = (before: Record<string, number>, after: Record<string, number>) => {
      for (const [seat, score] of Object.entries(before)) assert.ok(after[seat]! >= score, `seat ${seat}`)
    }

    const first = await untilAll("one host", servers, agreed)
    const before = await scores(servers[0]!)
    const watching = stopwatch()
    figure("play after the broker's return", await away(server(), servers, 1_500))
    const back = await untilAll("one host again", servers, agreed)
    assertNothingLost(servers, first, back, watching.hadTime())
    notLess(before, await scores(servers[0]!))

    const { host, hostStatus, others } = split(servers, back)
    const held = await scores(others[0]!)
    const ending = stopwatch()
    host.signal("SIGKILL")
    const after = await until("play", ({ epoch, stage }) => epoch > hostStatus.epoch! && stage === "playing")
    assert.deepEqual(after.map(({ seat }) => seat), began.map(({ seat }) => seat))
    const end = await untilAll("one host again", others, agreed)
    assertNothingLost(others, back, end, ending.hadTime())
    assert.equal(end[0]!.players.filter(({ away }) => !away).length, 4)
    notLess(held, await scores(others[0]!))
    await Promise.all([...sitters, ...bots].map((run) => run.kill()))
  })
}

/** At a real broker of each kind, or told why not: what is played there. */
export const through = (played: Readonly<Record<string, ReadonlyArray<Play>>>): void => {
  for (const { make, missing, name } of kinds) {
    describe.skipIf(missing !== null)(missing === null ? `through ${name}` : `${name}: ${missing}`, () => {
      const server = serverFor(make)
      for (const play of played[name]!) play(server)
    })
  }
}
