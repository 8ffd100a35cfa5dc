/** The same load's clients for each server: what one sends, all others on its channel get. */
import { connect as connectNats } from "@nats-io/transport-node"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Connection } from "rabbitmq-client"
import { io } from "socket.io-client"
import { freePort, host, listening, start } from "./server.ts"
import type { Name } from "./Setup.ts"

/** Small, as a player's move is. */
export interface Move {
  readonly from: number
  readonly sentAt: number
  /** Not of the warming up. */
  readonly counts: boolean
}

export interface Client {
  readonly send: (move: Move) => void
  readonly close: () => Promise<unknown>
}

export interface Running {
  readonly client: (channel: string, heard: (move: Move) => void) => Promise<Client>
  readonly stop: () => Promise<void>
}

const hostless = async (): Promise<Running> => {
  const port = await freePort()
  const program = fileURLToPath(new URL("../../bin/hostless.js", import.meta.url))
  const server = start(process.execPath, [program, "relay", "--host", host, "--port", String(port)])
  await listening(port, server.said)
  return {
    stop: server.stop,
    client: (channel, heard) =>
      new Promise((done) => {
        const socket = connect({ host, port, noDelay: true })
        let rest = ""
        socket.setEncoding("utf8").on("data", (text: unknown) => {
          const lines = (rest + String(text)).split("\n")
          rest = lines.pop()!
          for (const line of lines) {
            const message = JSON.parse(line) as { readonly event?: Move; readonly welcome?: unknown }
            if (message.event !== undefined) heard(message.event)
            else if (message.welcome !== undefined) {
              done({
                send: (move) => socket.write(`{"send":${JSON.stringify(move)}}\n`),
                close: async () => socket.destroy()
              })
            }
          }
        })
        socket.write(`${JSON.stringify({ hello: { name: "load", channel } })}\n`)
      })
  }
}

const socketIo = async (): Promise<Running> => {
  const port = await freePort()
  const program = fileURLToPath(new URL("socketIoServer.mjs", import.meta.url))
  const server = start(process.execPath, [program, host, String(port)])
  await listening(port, server.said)
  return {
    stop: server.stop,
    client: (channel, heard) =>
      new Promise((done) => {
        const socket = io(`http://${host}:${port}`, { transports: ["websocket"], query: { channel }, forceNew: true })
        socket.on("event", heard)
        socket.once("connect", () =>
          done({ send: (move) => void socket.emit("event", move), close: async () => socket.disconnect() }))
      })
  }
}

const nats = async (): Promise<Running> => {
  const port = await freePort()
  const server = start("nats-server", ["--addr", host, "--port", String(port)])
  await listening(port, server.said)
  return {
    stop: server.stop,
    client: async (channel, heard) => {
      const connection = await connectNats({ servers: `${host}:${port}`, noEcho: true })
      connection.subscribe(channel, { callback: (_error, message) => heard(message.json<Move>()) })
      await connection.flush()
      return { send: (move) => connection.publish(channel, JSON.stringify(move)), close: () => connection.close() }
    }
  }
}

/** Not the system's wrapper, which changes the user. */
const rabbitProgram = "/usr/lib/rabbitmq/bin/rabbitmq-server"

const rabbit = async (): Promise<Running> => {
  const [port, epmdPort, distPort] = [await freePort(), await freePort(), await freePort()]
  const home = mkdtempSync(join(tmpdir(), "hostless-bench-rabbit-"))
  mkdirSync(join(home, "log"))
  writeFileSync(join(home, "plugins"), "[].\n")
  writeFileSync(join(home, "rabbitmq.conf"), "log.file.level = error\n")
  const epmd = start("epmd", ["-port", String(epmdPort), "-address", "127.0.0.1"])
  const server = start(rabbitProgram, [], {
    HOME: home,
    RABBITMQ_NODENAME: `bench${port}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: host,
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(distPort),
    RABBITMQ_MNESIA_BASE: join(home, "data"),
    RABBITMQ_LOG_BASE: join(home, "log"),
    RABBITMQ_LOGS: join(home, "log", "rabbit.log"),
    RABBITMQ_PID_FILE: join(home, "pid"),
    RABBITMQ_CONFIG_FILE: join(home, "rabbitmq.conf"),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(home, "plugins"),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "-kernel inet_dist_use_interface {127,0,0,1}",
    ERL_EPMD_ADDRESS: "127.0.0.1",
    ERL_EPMD_PORT: String(epmdPort)
  })
  await listening(port, server.said)
  return {
    stop: async () => {
      await server.stop()
      await epmd.stop()
      rmSync(home, { recursive: true, force: true })
    },
    client: async (channel, heard) => {
      const connection = new Connection(`amqp://guest:guest@${host}:${port}`)
      // It ends when the server does.
      connection.on("error", () => {})
      const consumer = connection.createConsumer({
        queue: "",
        queueOptions: { exclusive: true, autoDelete: true },
        noAck: true,
        exchanges: [{ exchange: channel, type: "fanout", autoDelete: false }],
        queueBindings: [{ exchange: channel }]
      }, async ({ body }) => heard(body as Move))
      consumer.on("error", () => {})
      await new Promise((done) => consumer.once("ready", done as () => void))
      const publisher = connection.createPublisher()
      return {
        send: (move) => void publisher.send({ exchange: channel, routingKey: "" }, move),
        close: async () => {
          await consumer.close()
          await connection.close()
        }
      }
    }
  }
}

export const contenders: {
  readonly [name in Name]: { readonly name: string; readonly start: () => Promise<Running> }
} = {
  hostless: { name: "hostless relay", start: hostless },
  nats: { name: "NATS core", start: nats },
  "socket.io": { name: "socket.io", start: socketIo },
  rabbitmq: { name: "RabbitMQ fanout", start: rabbit }
}
