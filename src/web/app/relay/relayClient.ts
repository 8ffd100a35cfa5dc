/** A member of the relay's channel, over a WebSocket. */
import { ClientLoop, type DialEnd, type Dialled } from "../../../core/eventrelay/ClientLoop.ts"

const dial = (address: string) => (end: DialEnd): Dialled => {
  const socket = new WebSocket(address)
  const text = new TextDecoder()
  socket.addEventListener("open", end.opened)
  socket.addEventListener("message", ({ data }) => end.line(String(data)))
  socket.addEventListener("close", ({ code }) => end.closed(`closed with ${code}`))
  return {
    write: (line) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text.decode(line).trimEnd())
      return true
    },
    end: () => socket.close(),
    destroy: () => socket.close()
  }
}

export const connect = (address: string, name: string, channel: string): ClientLoop =>
  new ClientLoop({ name, channel }, {
    now: () => performance.now(),
    random: Math.random,
    later: (ms, run) => {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    },
    dial: dial(address)
  })
