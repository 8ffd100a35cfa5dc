/** A connection to a node that takes commands, many of them under way at a time. */
import { Effect, type Scope } from "effect"
import * as Net from "node:net"
import { BenchError } from "../../src/programs/bench/NodeProcess.ts"
import { joined } from "./Joined.ts"
import type { Propose } from "./Load.ts"
import { answerBytes, parseAnswer, Records, requestOf } from "./Protocol.ts"

type Resume = (result: Effect.Effect<void, BenchError>) => void

const failed = (detail: string) => Effect.fail(new BenchError({ detail }))

/** Open with the scope. */
export const connect = (address: string, port: number): Effect.Effect<Propose, BenchError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.async<Net.Socket, BenchError>((resume) => {
      const socket = Net.connect({ host: address, port, noDelay: true })
      socket.once("connect", () => resume(Effect.succeed(socket)))
      socket.once("error", (error) => resume(failed(`A node takes no commands: ${error.message}.`)))
    }),
    (socket) => Effect.sync(() => socket.destroy())
  ).pipe(Effect.map((socket) => {
    const waiting = new Map<number, Resume>()
    const records = new Records(answerBytes)
    const write = joined(socket)
    let numbers = 0
    socket.on("data", (chunk: Buffer) => {
      for (const record of records.push(chunk)) {
        const { committed, number } = parseAnswer(record)
        const resume = waiting.get(number)
        waiting.delete(number)
        resume?.(committed ? Effect.void : failed("A command was not committed."))
      }
    })
    socket.on("close", () => {
      for (const resume of waiting.values()) resume(failed("A node has ended."))
    })
    return (command) =>
      Effect.async((resume) => {
        const number = numbers++
        waiting.set(number, resume)
        write(requestOf(number, command))
      })
  }))
