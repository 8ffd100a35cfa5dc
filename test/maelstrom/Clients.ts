/** Clients of the workload lin-kv, who write down what they saw. */
import { Recorder } from "../linearizability/History.ts"
import { sleep } from "../process/nodes.ts"
import { chanceOf } from "../setup/chance.ts"
import type { Input, Output } from "./LinKv.ts"
import type { Body, Workbench } from "./Workbench.ts"

const random = chanceOf("maelstrom Clients")

export type History = Recorder<Input, Output>

/** As long as the workbench's own clients wait, in milliseconds. */
const timeoutMs = 1_000
/** Keys that are in use at a time, and after how many operations they are left: the check takes long for long histories. */
const keysAtATime = 3
const operationsPerKeys = 60
/** So few that a compare-and-set finds what it expects now and then. */
const values = 3
/** How long a client thinks at most, in milliseconds. */
const thinkMsMax = 12

const chance = (below: number): number => Math.floor(random() * below)

/** Written one way by some clients, another way by others: it is the same value. */
const spellings = [
  (n: number): unknown => ({ n, of: ["v", null] }),
  (n: number): unknown => ({ of: ["v", null], n })
]
const spell = (n: number): unknown => spellings[chance(spellings.length)]!(n)
const textOf = (value: unknown): string => JSON.stringify(spellings[0]!((value as { readonly n: number }).n))

/** Whether the operation did not take effect and never will, as the protocol defines its errors. */
const isDefinite = (code: unknown): boolean => [1, 10, 11, 12, 14].includes(code as number)

export class Clients {
  readonly history: History = new Recorder(() => Math.round(performance.now()))
  /** Answers by what they say: types, and codes of errors. */
  readonly seen = new Map<string, number>()
  private operations = 0

  constructor(private readonly workbench: Workbench) {}

  /** So many clients, each at one node, until they are stopped. */
  async run(count: number, stopped: AbortSignal): Promise<void> {
    const { names } = this.workbench
    await Promise.all(Array.from({ length: count }, async (_, i) => {
      while (!stopped.aborted) {
        await this.one(`c${i + 1}`, names[i % names.length]!)
        await sleep(chance(thinkMsMax))
      }
    }))
  }

  private async one(client: string, node: string): Promise<void> {
    const key = [Math.floor(this.operations++ / operationsPerKeys), chance(keysAtATime)]
    const body = this.any(key)
    const call = this.history.invoke(client, inputOf(body))
    const answer = await this.workbench.ask(client, node, body, timeoutMs)
    const told = answer === null ? "no answer" : answer.type === "error" ? `error ${answer["code"]}` : answer.type
    this.seen.set(told, (this.seen.get(told) ?? 0) + 1)
    const output = answer === null ? null : outputOf(answer)
    if (output !== null) this.history.ok(call, output)
    else if (body.type === "read" || isDefinite(answer?.["code"])) this.history.fail(call)
    else this.history.unknown(call)
  }

  private any(key: unknown): Body {
    switch (chance(3)) {
      case 0:
        return { type: "read", key }
      case 1:
        return { type: "write", key, value: spell(chance(values)) }
      default:
        return { type: "cas", key, from: spell(chance(values)), to: spell(chance(values)) }
    }
  }
}

const inputOf = (body: Body): Input => {
  const key = JSON.stringify(body["key"])
  switch (body.type) {
    case "read":
      return { type: "read", key }
    case "write":
      return { type: "write", key, value: textOf(body["value"]) }
    default:
      return { type: "cas", key, from: textOf(body["from"]), to: textOf(body["to"]) }
  }
}

/** Null: it tells nothing of the store. */
const outputOf = (answer: Body): Output | null => {
  switch (answer.type) {
    case "read_ok":
      return { _tag: "value", value: textOf(answer["value"]) }
    case "write_ok":
    case "cas_ok":
      return { _tag: "done" }
    default:
      return answer["code"] === 20 ? { _tag: "absent" } : answer["code"] === 22 ? { _tag: "differs" } : null
  }
}
