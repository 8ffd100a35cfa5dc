/** Dials an event relay over TCP. */
import { connect } from "node:net"
import type { DialEnd, Dialled } from "../../core/eventrelay/ClientLoop.ts"
import { relayLineBytesMax } from "../../protocol/EventRelay.ts"
import { LineSplitter, tooLong } from "../../protocol/LineSplitter.ts"

const utf8 = new TextDecoder()

/** An attempt is given up after so long. */
const connectWithinMs = 5_000

export const dial = (host: string, port: number) => (end: DialEnd): Dialled => {
  const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 5_000 })
  const splitter = new LineSplitter(relayLineBytesMax)
  let detail = "closed by the relay"
  socket.setTimeout(connectWithinMs, () => socket.destroy(new Error(`no answer from ${host}:${port}`)))
  socket.on("connect", () => {
    socket.setTimeout(0)
    end.opened()
  })
  socket.on("data", (chunk) => {
    for (const line of splitter.push(chunk)) if (line !== tooLong) end.line(utf8.decode(line))
  })
  socket.on("drain", end.drained)
  socket.on("error", (error) => {
    detail = error.message
  })
  socket.on("close", () => end.closed(detail))
  return {
    write: (line) => socket.write(line),
    // Who reads no more would never see the other side's end.
    end: () => {
      socket.end()
      socket.resume()
      setTimeout(() => socket.destroy(), 1_000).unref()
    },
    destroy: () => void socket.destroy()
  }
}
