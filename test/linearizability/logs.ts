/** Reads recorded histories: a line for each call and each end, in the order in which they happened. */
import { type Call, type Operation, Recorder } from "./History.ts"
import type * as KeyValue from "./KeyValue.ts"
import type * as Register from "./Register.ts"

/** What a line says of a process. */
interface Line<Input, Output> {
  readonly process: string
  readonly type: "invoke" | "ok" | "fail" | "info"
  readonly input: () => Input
  readonly output: () => Output
}

/** A process has one operation at a time. */
const read = <Input, Output>(
  log: string,
  parse: (line: string) => Line<Input, Output> | null
): ReadonlyArray<Operation<Input, Output>> => {
  const recorder = new Recorder<Input, Output>()
  const open = new Map<string, Call>()
  for (const [index, text] of log.split("\n").entries()) {
    if (text.trim() === "") continue
    const line = parse(text)
    const call = line === null ? undefined : open.get(line.process)
    if (line === null || (call === undefined) !== (line.type === "invoke")) {
      throw new Error(`line ${index + 1} does not fit: ${text}`)
    }
    if (call === undefined) open.set(line.process, recorder.invoke(line.process, line.input()))
    else {
      open.delete(line.process)
      if (line.type === "ok") recorder.ok(call, line.output())
      else if (line.type === "fail") recorder.fail(call)
      else recorder.unknown(call)
    }
  }
  return recorder.operations()
}

/**
 * A log of Jepsen's over a register. `:info` is an operation that may have taken place or not. Only compare-and-sets end with
 * `:fail`: "absent" takes them as Jepsen does, for operations that did not take place and say nothing; "unmatched" as this
 * client meant them, for ones that found another value than they asked for.
 */
export const readJepsenLog = (
  log: string,
  failed: "absent" | "unmatched"
): ReadonlyArray<Operation<Register.Input, Register.Output>> =>
  read(log, (line) => {
    const match = /^INFO +jepsen\.util - (\d+)\t:(invoke|ok|fail|info)\t:(read|write|cas)\t(.*)$/.exec(line)
    if (match === null) return null
    const [, process = "", type, operation, value = ""] = match
    const numbers = (value.match(/\d+/g) ?? []).map(Number)
    return {
      process,
      type: type === "fail" && failed === "unmatched" ? "ok" : type as "invoke" | "ok" | "fail" | "info",
      input: () =>
        operation === "read"
          ? { _tag: "read" }
          : operation === "write"
          ? { _tag: "write", value: numbers[0]! }
          : { _tag: "cas", from: numbers[0]!, to: numbers[1]! },
      output: () => operation === "read" ? numbers[0] ?? null : operation === "write" ? null : type === "ok"
    }
  })

/** A log in the form of Jepsen's over a key-value store. */
export const readKeyValueLog = (log: string): ReadonlyArray<Operation<KeyValue.Input, KeyValue.Output>> =>
  read(log, (line) => {
    const match =
      /^\{:process (\d+), :type :(invoke|ok|info), :f :(get|put|append), :key "(.*)", :value (nil|"(.*)")\}$/.exec(line)
    if (match === null) return null
    const [, process = "", type, operation, key = "", , value = ""] = match
    return {
      process,
      type: type as "invoke" | "ok" | "info",
      input: () => operation === "get" ? { _tag: "get", key } : { _tag: operation as "put" | "append", key, value },
      output: () => operation === "get" ? value : null
    }
  })
