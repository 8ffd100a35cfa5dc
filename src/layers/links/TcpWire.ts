/** A TCP socket as a link's wire. */
import type { Socket } from "node:net"
import type { LinkEnd, Wire } from "./Link.ts"

/** What is smaller than this in all is joined into one write. */
const joinBytesMax = 64 * 1024

/** Errors by which this machine gives the other one up, rather than hearing from it. */
const gaveUp = new Set(["ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "ENETDOWN", "EHOSTDOWN"])

/**
 * Frames of one turn of the event loop go out in one write, so that the other side is woken once for all of them. While the socket holds more than the kernel takes, frames wait in the outbox,
 * so its bound is the peer's. `lingerThenDestroy` must destroy the socket after a moment.
 */
export const make = (socket: Socket, end: LinkEnd, lingerThenDestroy: (socket: Socket) => void): Wire => {
  let scheduled = false
  let blocked = false
  let error: NodeJS.ErrnoException | null = null

  const flush = (): void => {
    scheduled = false
    if (blocked || socket.destroyed || socket.writableEnded) return
    const frames = end.outbox.takeAll()
    if (frames.length === 0) return
    if (frames.length === 1) blocked = !socket.write(frames[0]!)
    else if (sum(frames) <= joinBytesMax) blocked = !socket.write(Buffer.concat(frames))
    else {
      socket.cork()
      for (const frame of frames) blocked = !socket.write(frame)
      socket.uncork()
    }
  }

  socket.on("drain", () => {
    blocked = false
    flush()
  })
  socket.on("data", (chunk) => end.receive(chunk))
  socket.on("end", () => end.ended("closed", "closed by the other side"))
  socket.on("error", (cause: NodeJS.ErrnoException) => {
    error = cause
  })
  socket.on("close", () => {
    if (error === null) return end.ended("closed", "closed")
    end.ended(gaveUp.has(error.code ?? "") ? "abandoned" : "reset", error.message)
  })

  return {
    remote: `${socket.remoteAddress}:${socket.remotePort}`,
    wake: () => {
      if (scheduled || blocked) return
      scheduled = true
      setImmediate(flush)
    },
    end: () => {
      if (socket.destroyed) return
      blocked = false
      flush()
      socket.end()
      lingerThenDestroy(socket)
    },
    destroy: () => void socket.destroy()
  }
}

const sum = (frames: ReadonlyArray<Uint8Array>): number => frames.reduce((bytes, frame) => bytes + frame.length, 0)
