/** Servers under load, each a process of its own on a loopback address, ended by its pid. */
import { type ChildProcess, spawn } from "node:child_process"
import { connect, createServer } from "node:net"

/** Every address that the bench uses. */
export const host = "127.41.20.1"

export const freePort = (): Promise<number> =>
  new Promise((done) => {
    const server = createServer()
    server.listen(0, host, () => {
      const { port } = server.address() as { readonly port: number }
      server.close(() => done(port))
    })
  })

const running = new Set<ChildProcess>()
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL")
})
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1))

export const start = (command: string, args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) => {
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, ...env } })
  let said = ""
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-2_000)
  })
  running.add(child)
  const ended = new Promise<void>((done) => {
    child.once("error", () => done())
    child.once("exit", () => done())
  }).then(() => running.delete(child))
  return {
    said: () => said,
    stop: async (): Promise<void> => {
      child.kill("SIGTERM")
      const late = setTimeout(() => child.kill("SIGKILL"), 10_000)
      await ended
      clearTimeout(late)
    }
  }
}

/** When the port takes connections. */
export const listening = async (port: number, said: () => string): Promise<void> => {
  const until = performance.now() + 60_000
  while (performance.now() < until) {
    const is = await new Promise<boolean>((done) => {
      const socket = connect({ host, port })
      socket.once("connect", () => {
        socket.destroy()
        done(true)
      })
      socket.once("error", () => done(false))
    })
    if (is) return
    await new Promise((done) => setTimeout(done, 100))
  }
  throw new Error(`Nothing listens on ${host}:${port} after 60 s. ${said()}`)
}
