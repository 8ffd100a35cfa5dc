/** This machine's datagram sockets. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Worker } from "node:worker_threads"
import type { Datagrams, DatagramSocket } from "../../../src/layers/udp/Datagrams.ts"
import * as DatagramsDgram from "../../../src/layers/udp/DatagramsDgram.ts"
import type { Place } from "../../../src/services/Discovery.ts"

const address = "127.0.0.1"

const bound = (datagrams: Datagrams, heard: Array<string> = []) =>
  Effect.acquireRelease(
    Effect.async<DatagramSocket, Error>((resume) =>
      datagrams.bind({ address, port: 0 }, {
        receive: (datagram) => heard.push(Buffer.from(datagram).toString()),
        refused: () => {}
      }, (result) => resume(result instanceof Error ? Effect.fail(result) : Effect.succeed(result)))
    ),
    (socket) => Effect.sync(() => socket.close())
  )

const connected = (socket: DatagramSocket, to: Place) =>
  Effect.async<void, Error>((resume) =>
    socket.connect(to, (error) => resume(error === null ? Effect.void : Effect.fail(error)))
  )

/** Binds the port again and again, until it has it. */
const rival = `
  const { parentPort, workerData } = require("node:worker_threads")
  const { createSocket } = require("node:dgram")
  const next = () => {
    const socket = createSocket("udp4")
    socket.once("error", () => {
      socket.close()
      setImmediate(next)
    })
    socket.bind({ address: "${address}", port: workerData, exclusive: true }, () => parentPort.postMessage("taken"))
  }
  next()
  parentPort.postMessage("tries")
`

describe("a socket that is connected anew", () => {
  it.scopedLive("keeps its port, whoever else wants it", () =>
    Effect.gen(function*() {
      const datagrams = yield* DatagramsDgram.make
      const others = [yield* bound(datagrams), yield* bound(datagrams)]
      const socket = yield* bound(datagrams)
      const said: Array<string> = []
      const worker = yield* Effect.acquireRelease(
        Effect.sync(() => new Worker(rival, { eval: true, workerData: socket.place.port })),
        (worker) => Effect.promise(() => worker.terminate())
      )
      yield* Effect.async<void>((resume) =>
        void worker.on("message", (word: string) => {
          said.push(word)
          resume(Effect.void)
        })
      )
      for (let round = 0; round < 300; round++) yield* connected(socket, others[round % 2]!.place)
      assert.deepStrictEqual(said, ["tries"])
    }))

  it.scopedLive("takes datagrams from there only", () =>
    Effect.gen(function*() {
      const datagrams = yield* DatagramsDgram.make
      const [before, after] = [yield* bound(datagrams), yield* bound(datagrams)]
      const heard: Array<string> = []
      const socket = yield* bound(datagrams, heard)
      yield* connected(socket, before.place)
      before.send(Buffer.from("early"), socket.place)
      yield* connected(socket, after.place)
      before.send(Buffer.from("late"), socket.place)
      after.send(Buffer.from("now"), socket.place)
      while (heard.length === 0) yield* Effect.sleep(1)
      yield* Effect.sleep(20)
      assert.deepStrictEqual(heard, ["now"])
    }))
})
