/**
 * Real node processes for tests: `bin/hostless.js` as users run it, on loopback addresses, a cluster and a discovery port
 * of the test's own. Whatever a test starts is killed by its pid when the test is over, however it ends.
 */
import { Either, Schema } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { onTestFinished } from "vitest"
import { gatherRules } from "../../src/games/gather/Field.ts"
import { fileName } from "../../src/layers/identity/NodeIdentityKept.ts"
import { Status } from "../../src/protocol/Status.ts"

export const program = fileURLToPath(new URL("../../bin/hostless.js", import.meta.url))

/** What runs it: this Node, or another one that TEST_NODE names. */
export const node = process.env["TEST_NODE"] ?? process.execPath

/** How long a node may take to print its page's address: modules load slowly where others test too. */
const startTimeoutMs = 30_000

const alive = new Set<ChildProcess>()
const killAll = (): void => {
  for (const child of alive) child.kill("SIGKILL")
}
process.once("exit", killAll)
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    killAll()
    process.exit(1)
  })
}

export const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

/** Milliseconds that never go back. */
export const now = (): number => performance.now()

/**
 * What `look` finds, as soon as that is not null; fails after `timeoutMs`. Looks that the machine has no time for do not
 * count with the whole time that they took: where it is late, the wait is longer.
 */
export const eventually = async <A>(
  what: string,
  look: () => Promise<A | null>,
  { everyMs = 150, timeoutMs = 30_000 }: { readonly everyMs?: number; readonly timeoutMs?: number } = {}
): Promise<A> => {
  const began = now()
  let waitedMs = 0
  for (;;) {
    const before = now()
    const found = await look()
    if (found !== null) return found
    if (waitedMs > timeoutMs) {
      const said = await Promise.all(Array.from(runs, (run) => run.said()))
      throw new Error([`Waited ${Math.round(now() - began)} ms in vain for ${what}.`, ...said].join("\n"))
    }
    await sleep(everyMs)
    waitedMs += Math.min(now() - before, 2 * everyMs)
  }
}

/** Those of the test under way. */
const runs = new Set<Run>()

const saidMax = 4_000

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A process of the program, or of another command, whatever it does. */
export class Run {
  readonly startedAt = now()
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  stdout = ""
  stderr = ""
  private over = false

  constructor(
    args: ReadonlyArray<string>,
    env: Readonly<Record<string, string>> = {},
    [command, ...first]: readonly [string, ...ReadonlyArray<string>] = [node, program],
    input: "ignore" | "pipe" = "ignore"
  ) {
    this.child = spawn(command, [...first, ...args], {
      stdio: [input, "pipe", "pipe"],
      env: { ...process.env, GAME_IP: undefined, NODE_OPTIONS: undefined, NO_COLOR: "1", ...env }
    })
    alive.add(this.child)
    this.child.stdout!.setEncoding("utf8").on("data", (text: string) => this.stdout += text)
    this.child.stderr!.setEncoding("utf8").on("data", (text: string) => this.stderr += text)
    this.ended = new Promise((done, failed) => {
      this.child.once("error", failed)
      this.child.once("close", (code, signal) => {
        this.over = true
        alive.delete(this.child)
        done({ code, signal })
      })
    })
    runs.add(this)
    onTestFinished(async () => {
      runs.delete(this)
      await this.kill()
    })
  }

  /** For whoever has to find out why it did not do what it should. */
  async said(): Promise<string> {
    const { exitCode, pid, signalCode, spawnargs } = this.child
    const state = this.over ? `ended with ${exitCode ?? signalCode}` : `runs as ${pid}`
    return [spawnargs.join(" "), state, this.stdout.slice(-saidMax), this.stderr.slice(-saidMax)].join("\n")
  }

  get running(): boolean {
    return !this.over
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name)
  }

  /** Kills it, a stopped one too, and waits for its end. */
  async kill(): Promise<void> {
    if (!this.over) this.child.kill("SIGKILL")
    await this.ended
  }

  /** How it ended, or a failure where it has not after `timeoutMs`. */
  async end(timeoutMs = 20_000): Promise<Ended> {
    await eventually("its end", async () => this.over || null, { everyMs: 20, timeoutMs })
    return this.ended
  }

  /** Its first line of output. */
  firstLine(): Promise<string> {
    return eventually("the first line of output", async () => {
      const end = this.stdout.indexOf("\n")
      if (end !== -1) return this.stdout.slice(0, end)
      if (!this.running) throw new Error(`It ended before it said anything.\n${this.stderr}`)
      return null
    }, { everyMs: 10, timeoutMs: startTimeoutMs })
  }
}

/** The program with these arguments, run to its end. */
export const run = async (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) => {
  const process = new Run(args, env)
  const { code, signal } = await process.end(60_000)
  return { code, signal, stdout: process.stdout, stderr: process.stderr }
}

const decodeStatus = Schema.decodeUnknownEither(Status)

/** A node that has printed its page's address. */
export class RealNode extends Run {
  page = ""
  /** The page's address without path and key. */
  url = ""
  /** When it printed that. */
  upAt = 0

  constructor(
    readonly name: string,
    readonly address: string,
    args: ReadonlyArray<string>,
    env: Record<string, string>
  ) {
    super(args, env)
  }

  async up(): Promise<this> {
    this.page = await this.firstLine()
    this.upAt = now()
    this.url = new URL(this.page).origin
    return this
  }

  /** Its status, or null where it does not answer within a second. */
  async tryStatus(): Promise<Status | null> {
    try {
      const response = await fetch(`${this.url}/api/status`, { signal: AbortSignal.timeout(1_000) })
      const status = decodeStatus(await response.json())
      if (Either.isLeft(status)) throw new Error(`${this.name}'s status is none: ${status.left.message}`)
      return status.right
    } catch (error) {
      if (error instanceof Error && error.message.includes("status is none")) throw error
      return null
    }
  }

  override async said(): Promise<string> {
    return `${this.name}: ${JSON.stringify(await this.tryStatus())}\n${await super.said()}`
  }

  status(): Promise<Status> {
    return eventually(`the status of ${this.name}`, () => this.tryStatus(), { timeoutMs: 10_000 })
  }

  /** The metrics that have no labels, by name. */
  async metrics(): Promise<ReadonlyMap<string, number>> {
    const text = await (await fetch(`${this.url}/metrics`, { signal: AbortSignal.timeout(10_000) })).text()
    return new Map(
      text.split("\n").flatMap((line) => {
        const match = /^(\w+) (\S+)$/.exec(line)
        return match === null ? [] : [[match[1]!, Number(match[2])] as const]
      })
    )
  }
}

export interface StartOptions {
  /** Default: a node that plays Gather. */
  readonly command?: ReadonlyArray<string>
  readonly name?: string
  /** Default: 1, where the command takes any. */
  readonly bots?: number
  readonly args?: ReadonlyArray<string>
  readonly env?: Record<string, string>
  readonly cluster?: string
  readonly discoveryPort?: number
}

/** Of the networks that this process has used. */
let networks = 0
/** Of networks that are in use at a time by one process, whose number is its own. */
const networksAtOnce = 16

/** Addresses, a discovery port and a cluster that nobody else on this machine uses. */
export class Lan {
  private readonly number = process.pid * networksAtOnce + networks++ % networksAtOnce
  readonly net = `127.${20 + Math.floor(this.number / 256) % 230}.${this.number % 256}`
  // Below the ports that the system gives away by itself.
  readonly discoveryPort = 10_000 + this.number % 20_000
  readonly cluster = `test-${this.discoveryPort}`
  readonly nodes: Array<RealNode> = []
  private lastAddress = 0

  /** An address that no node has had yet. */
  nextAddress(): string {
    return `${this.net}.${++this.lastAddress}`
  }

  /** What a node of Gather without a page is started with; `httpPort` 0 takes any. */
  headless(address = this.nextAddress(), httpPort = 0): ReadonlyArray<string> {
    const ports = ["--http-port", String(httpPort), "--discovery-port", String(this.discoveryPort)]
    return ["play", "gather", "--headless", "--ip", address, ...ports]
  }

  /** A process that will be a node; `up` waits for it. */
  launch(options: StartOptions = {}): RealNode {
    const address = this.nextAddress()
    const name = options.name ?? `n${this.lastAddress}`
    const node = new RealNode(name, address, [
      ...(options.command ?? ["play", "gather", "--headless", "--bots", String(options.bots ?? 1)]),
      "--http-port",
      "0",
      ...this.whereabouts(name, address, options),
      ...(options.args ?? [])
    ], options.env ?? {})
    this.nodes.push(node)
    return node
  }

  /** A thin client. */
  join(options: StartOptions = {}): Run {
    const address = this.nextAddress()
    const name = options.name ?? `p${this.lastAddress}`
    return new Run(["join", ...this.whereabouts(name, address, options), ...(options.args ?? [])], options.env ?? {})
  }

  /** The rooms as `hostless rooms` tells them. */
  rooms(...args: ReadonlyArray<string>): ReturnType<typeof run> {
    return run(["rooms", ...this.surroundings(this.nextAddress(), {}), ...args])
  }

  private whereabouts(name: string, address: string, options: StartOptions): ReadonlyArray<string> {
    return [...this.surroundings(address, options), "--name", name]
  }

  private surroundings(address: string, options: StartOptions): ReadonlyArray<string> {
    const { cluster = this.cluster, discoveryPort = this.discoveryPort } = options
    return ["--ip", address, "--cluster", cluster, "--discovery-port", String(discoveryPort)]
  }

  start(options: StartOptions = {}): Promise<RealNode> {
    return this.launch(options).up()
  }

  /** Several at once. */
  startAll(count: number, options: StartOptions = {}): Promise<ReadonlyArray<RealNode>> {
    return Promise.all(Array.from({ length: count }, () => this.start(options)))
  }
}

export const statusesOf = (nodes: ReadonlyArray<RealNode>): Promise<ReadonlyArray<Status | null>> =>
  Promise.all(nodes.map((node) => node.tryStatus()))

/** All statuses, once all nodes answer and `holds` of each. */
export const untilAll = (
  what: string,
  nodes: ReadonlyArray<RealNode>,
  holds: (status: Status, all: ReadonlyArray<Status>) => boolean,
  options: { readonly everyMs?: number; readonly timeoutMs?: number } = {}
): Promise<ReadonlyArray<Status>> =>
  eventually(what, async () => {
    const all = await statusesOf(nodes)
    const known = all.filter((status) => status !== null)
    return known.length === nodes.length && known.every((status) => holds(status, known)) ? known : null
  }, options)

export const highestOf = (all: ReadonlyArray<Status>) => all.map((status) => status.peerId).sort().at(-1)!

/** One host, the same for all, and everybody up for everybody. */
export const agreed = (status: Status, all: ReadonlyArray<Status>): boolean =>
  status.host !== null && status.host === all[0]!.host && status.epoch === all[0]!.epoch
  && all.some((one) => one.peerId === status.host && one.role === "host")
  && status.peers.filter((peer) => peer.state === "up").length === all.length - 1

/** As `agreed`, and the highest node hosts. */
export const settled = (status: Status, all: ReadonlyArray<Status>): boolean =>
  agreed(status, all) && status.host === highestOf(all)

/** The node that hosts, and the others. */
export const split = (nodes: ReadonlyArray<RealNode>, statuses: ReadonlyArray<Status>) => {
  const at = statuses.findIndex((status) => status.role === "host")
  return { host: nodes[at]!, hostStatus: statuses[at]!, others: nodes.filter((_, i) => i !== at) }
}

/** How many games were won in all. */
const won = (status: Status): number => status.players.reduce((sum, player) => sum + player.gamesWon, 0)

const celebrates = (status: Status): boolean => status.players.some((player) => player.score >= gatherRules.pointsToWin)

/** What went back between two looks at the same lineage. Scores may when a round is over. */
export const backwards = (before: Status, after: Status, roundOver: boolean): ReadonlyArray<string> => {
  const found: Array<string> = []
  if (after.clock < before.clock) found.push(`clock ${before.clock} → ${after.clock}`)
  if (after.seq < before.seq) found.push(`seq ${before.seq} → ${after.seq}`)
  for (const player of before.players) {
    const later = after.players.find((one) => one.seat === player.seat && one.room === player.room)
    // A game does not count who is away; the score is there again when the player is.
    if (later === undefined || player.away || later.away) continue
    const fell = (what: "score" | "gamesWon" | "lastInput") => {
      if (later[what] < player[what]) found.push(`${player.name}'s ${what} ${player[what]} → ${later[what]}`)
    }
    fell("gamesWon")
    fell("lastInput")
    if (!roundOver && won(after) <= won(before)) fell("score")
  }
  return found
}

/** Looks at a node again and again, and keeps what it says and what went back. */
export const watch = (node: RealNode, everyMs = 60) => {
  const seen: Array<{ readonly at: number; readonly status: Status }> = []
  const regressions: Array<string> = []
  const stopped = new AbortController()
  let celebratedAt = -Infinity
  const done = (async () => {
    while (!stopped.signal.aborted) {
      const status = await node.tryStatus()
      if (status !== null) {
        const before = seen.at(-1)
        if (celebrates(status)) celebratedAt = status.clock
        const roundOver = status.clock - celebratedAt <= gatherRules.celebrationTicks + status.tickRate
        if (before !== undefined) regressions.push(...backwards(before.status, status, roundOver))
        seen.push({ at: now(), status })
      }
      await sleep(everyMs)
    }
  })()
  const stop = async () => {
    stopped.abort()
    await done
    return { seen, regressions }
  }
  onTestFinished(async () => {
    await stop()
  })
  return { stop }
}

/** A directory that is gone after the test. */
export const temporaryDirectory = (): string => {
  const directory = mkdtempSync(join(tmpdir(), "hostless-test-"))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** A --data-dir whose node has the lowest id there is. */
export const lowestNode = (): string => {
  const directory = temporaryDirectory()
  const identity = { hostless: 1, peerId: "00000000-0000-4000-8000-000000000000", incarnation: 0, reign: null }
  writeFileSync(join(directory, fileName), JSON.stringify(identity))
  return directory
}

/** A measured figure, for the record. */
export const figure = (what: string, value: number, unit = "ms"): void => {
  console.log(`figure: ${what}: ${Math.round(value * 10) / 10} ${unit}`)
}
