/** `KeyValue` on a Raft log: what changes it is a command of the log, what reads it asks the leader first. */
import { Effect, Layer, Schema } from "effect"
import { Store } from "../../core/kv/Store.ts"
import { type Json, Operation, Result } from "../../protocol/KeyValue.ts"
import { reader } from "../../protocol/Reading.ts"
import { KeyValue, KeyValueError, type KeyValueService } from "../../services/KeyValue.ts"
import { RaftLog } from "../../services/RaftLog.ts"
import { StateMachine, type StateMachineService } from "../../services/StateMachine.ts"
import * as RaftLogLinks from "./RaftLogLinks.ts"

const decodeResult = Schema.decodeUnknownSync(Result)
const utf8 = new TextEncoder()
const fromUtf8 = new TextDecoder("utf-8", { fatal: true })

const operationOf = reader(Operation, (command) => JSON.parse(fromUtf8.decode(command)))

/** Commands and results as bytes. */
export const machineOf = (store: Store): StateMachineService => ({
  apply: (command) => {
    const operation = operationOf(command)
    const result: Result = operation === null ? "not-understood" : store.apply(operation)
    return utf8.encode(result)
  },
  snapshot: () => utf8.encode(store.snapshot()),
  restore: (snapshot) => store.restore(fromUtf8.decode(snapshot))
})

const details = {
  "no-such-key": "the key has no value",
  mismatch: "the key has another value",
  full: "the store holds all that it may"
} as const

const make = (store: Store) =>
  Effect.map(RaftLog, (log): KeyValueService => {
    const failed = (reason: keyof typeof details) => new KeyValueError({ reason, detail: details[reason] })

    const change = (operation: Operation) =>
      Effect.flatMap(log.propose(utf8.encode(JSON.stringify(operation))), (bytes) => {
        const result = decodeResult(fromUtf8.decode(bytes))
        if (result === "not-understood") return Effect.dieMessage("the store did not understand a command of its own")
        return result === "done" ? Effect.void : Effect.fail(failed(result))
      })

    return {
      read: (key) =>
        Effect.flatMap(
          log.read((): Json | undefined => store.read(key)),
          (value) => value === undefined ? Effect.fail(failed("no-such-key")) : Effect.succeed(value)
        ),
      write: (key, value) => change({ _tag: "write", key, value }),
      compareAndSet: (key, from, to, { create }) => change({ _tag: "cas", key, from, to, create })
    }
  })

/** A node of the store, with the log that it has for itself. */
export const layer = (options: Partial<RaftLogLinks.Options> = {}) =>
  Layer.unwrapEffect(Effect.sync(() => {
    const store = new Store()
    return Layer.effect(KeyValue, make(store)).pipe(
      Layer.provideMerge(RaftLogLinks.layer(options)),
      Layer.provide(Layer.succeed(StateMachine, machineOf(store)))
    )
  }))
