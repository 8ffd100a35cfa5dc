/**
 * A small Maelstrom: real processes of the study, a network between them that delays, loses and cuts, and clients that
 * ask and wait. What it does by chance is not repeatable, and need not be: every run must be right.
 */
import { strict as assert } from "node:assert"
import type { RaftFrame } from "../../src/protocol/Raft.ts"
import { Run, sleep } from "../process/nodes.ts"
import { runner } from "../process/studies.ts"
import { chanceOf } from "../setup/chance.ts"

const random = chanceOf("maelstrom Workbench")

export interface Body {
  readonly type: string
  readonly msg_id?: number
  readonly in_reply_to?: number
  readonly [name: string]: unknown
}

export interface Message {
  readonly src: string
  readonly dest: string
  readonly body: Body
}

/** A node's process, line by line. */
export class NodeProcess extends Run {
  private rest = ""

  constructor(args: ReadonlyArray<string>, heard: (message: Message) => void) {
    super(["maelstrom", ...args], {}, [process.execPath, runner], "pipe")
    this.child.stdin!.on("error", () => {})
    this.child.stdout!.on("data", (text: string) => {
      const lines = (this.rest + text).split("\n")
      this.rest = lines.pop()!
      for (const line of lines) heard(JSON.parse(line) as Message)
    })
  }

  write(text: string): void {
    this.child.stdin!.write(text)
  }

  tell(message: Message): void {
    this.write(`${JSON.stringify(message)}\n`)
  }

  endInput(): void {
    this.child.stdin!.end()
  }
}

/** How the network is between nodes; clients reach each node, with the same delay, and lose nothing. */
export interface Weather {
  /** From nothing up to so many milliseconds, each message by itself: so they overtake one another. */
  readonly delayMsMax: number
  /** Of all messages, from 0 to 1. */
  readonly loss: number
}

export const fair: Weather = { delayMsMax: 0, loss: 0 }

export class Workbench {
  readonly names: ReadonlyArray<string>
  readonly processes = new Map<string, NodeProcess>()
  weather = fair
  /** What the network has done to messages between nodes. */
  readonly counts = { carried: 0, delayed: 0, lost: 0, cut: 0 }
  /** Everything that no client waited for. */
  readonly unasked: Array<Message> = []
  private sides = new Map<string, number>()
  /** Who led last, as its own messages tell, and in which term. */
  private led = { name: "", term: 0 }
  private readonly killed = new Set<string>()
  private readonly waiting = new Map<string, (body: Body) => void>()
  private messageIds = 0

  constructor(nodes: number, args: ReadonlyArray<string>) {
    this.names = Array.from({ length: nodes }, (_, i) => `n${i + 1}`)
    for (const name of this.names) this.processes.set(name, new NodeProcess(args, (message) => this.carry(message)))
  }

  node(name: string): NodeProcess {
    return this.processes.get(name)!
  }

  /** Those of different groups do not hear one another. */
  split(...groups: ReadonlyArray<ReadonlyArray<string>>): void {
    this.sides = new Map(groups.flatMap((group, side) => group.map((name) => [name, side] as const)))
  }

  heal(): void {
    this.sides.clear()
  }

  /** Of the highest term in which a message of a leader came by. */
  get leader(): string {
    return this.led.name
  }

  get living(): ReadonlyArray<string> {
    return this.names.filter((name) => !this.killed.has(name))
  }

  /** For good: what a node holds is in its memory. */
  async kill(name: string): Promise<void> {
    this.killed.add(name)
    await this.node(name).kill()
  }

  /** Null: no answer in time. */
  ask(client: string, dest: string, body: Body, timeoutMs = 10_000): Promise<Body | null> {
    const msg_id = ++this.messageIds
    const answer = new Promise<Body>((done) => this.waiting.set(`${client} ${msg_id}`, done))
    this.carry({ src: client, dest, body: { ...body, msg_id } })
    return Promise.race([answer, sleep(timeoutMs).then(() => null)]).finally(() =>
      this.waiting.delete(`${client} ${msg_id}`)
    )
  }

  /** Tells all nodes who they are. */
  async init(): Promise<void> {
    await Promise.all(this.names.map(async (name) => {
      const body = { type: "init", node_id: name, node_ids: this.names }
      const answer = await this.ask("c0", name, body, 30_000)
      assert.equal(answer?.type, "init_ok", this.node(name).stderr)
    }))
  }

  /** Waits until every living node serves. */
  async ready(timeoutMs = 20_000): Promise<void> {
    await Promise.all(this.living.map(async (name) => {
      for (const until = performance.now() + timeoutMs; performance.now() < until; await sleep(20)) {
        const answer = await this.ask("c0", name, { type: "write", key: ["ready", name], value: true })
        if (answer?.type === "write_ok") return
      }
      assert.fail(`${name} does not serve.\n${this.node(name).stderr}`)
    }))
  }

  /** Ends all input. Nothing was wrong: the processes say so by their exit codes, and had nothing to log. */
  async end(): Promise<void> {
    const living = this.living.map((name) => this.node(name))
    for (const process of living) process.endInput()
    for (const process of living) {
      assert.deepEqual(await process.end(), { code: 0, signal: null })
      assert.equal(process.stderr, "")
    }
  }

  private carry(message: Message): void {
    const delayMs = random() * this.weather.delayMsMax
    if (this.processes.has(message.src) && this.processes.has(message.dest)) {
      this.observe(message)
      if (this.sides.get(message.src) !== this.sides.get(message.dest)) return void this.counts.cut++
      if (random() < this.weather.loss) return void this.counts.lost++
      if (delayMs >= 1) this.counts.delayed++
      this.counts.carried++
    }
    if (delayMs < 1) this.deliver(message)
    else setTimeout(() => this.deliver(message), delayMs)
  }

  private observe({ body, src }: Message): void {
    const [, { message }] = body["frame"] as readonly [conversation: "raft", RaftFrame]
    if (message._tag !== "append" && message._tag !== "heartbeat") return
    if (message.term > this.led.term) this.led = { name: src, term: message.term }
  }

  private deliver(message: Message): void {
    const { body, dest } = message
    const node = this.processes.get(dest)
    if (node !== undefined) return this.killed.has(dest) ? undefined : node.tell(message)
    const answered = this.waiting.get(`${dest} ${body.in_reply_to}`)
    if (answered === undefined) this.unasked.push(message)
    else answered(body)
  }
}
