/** What no node should be sent, in kinds; and a way to speak to a node's ports as no node would. */
import { randomUUID } from "node:crypto"
import * as Net from "node:net"
import { Gather } from "../../src/games/Gather.ts"
import { sealed } from "../../src/layers/health/BeatIntake.ts"
import { encodeMessage, Handshake } from "../../src/layers/links/LinkProtocol.ts"
import { decodeMessage } from "../../src/layers/links/LinkProtocol.ts"
import { protocolVersion } from "../../src/protocol/Discovery.ts"
import { bodyBytesMax, encodeBody, encodeFrame, FrameSplitter, strangerBodyBytesMax } from "../../src/protocol/Frame.ts"
import type { HandshakeMessage, Introduction } from "../../src/protocol/Handshake.ts"
import type { PeerId } from "../../src/protocol/Ids.ts"
import type { ReignRef } from "../../src/protocol/Reign.ts"

/** xorshift32, so that a failure repeats. */
let state = 0x2545f491
export const random = (below: number): number => {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return (state >>> 0) % below
}

export const randomBytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => random(256))

/** Where a node takes links, and who it is for. */
export interface Target {
  readonly address: string
  readonly port: number
  readonly cluster: string
  readonly peerId: PeerId
}

const hex = (): string => Buffer.from(randomBytes(16)).toString("hex")

/** A node that could be one of the cluster, of the lowest id so that it never wants to host. */
export const introduction = (target: Target, address: string): Introduction => ({
  version: protocolVersion,
  cluster: target.cluster,
  game: Gather.name,
  gameVersion: Gather.version,
  peerId: `00000000${randomUUID().slice(8)}` as PeerId,
  incarnation: 0,
  name: "stranger",
  address,
  beatPort: null,
  clientPort: null,
  page: null,
  preempts: false,
  nonce: hex(),
  auth: "none"
})

export const framed = (body: Uint8Array): Uint8Array => {
  const frame = Buffer.alloc(4 + body.length)
  frame.writeUInt32BE(body.length)
  frame.set(body, 4)
  return frame
}

/** Arrays in arrays, deeper than any message and than a parser's stack. */
export const nested = (format: "msgpack" | "json", depth: number): Uint8Array =>
  Buffer.concat([Buffer.of(format === "msgpack" ? 0 : 1), Buffer.alloc(depth, format === "msgpack" ? 0x91 : "[")])

const oversized = (max: number): Uint8Array => {
  const frame = Buffer.alloc(16)
  frame.writeUInt32BE(max + 1 + random(0xffffffff - max - 1))
  return frame
}

const hello = (me: Introduction): Uint8Array => encodeMessage("handshake", { _tag: "hello", me }, "msgpack")

/** What strangers send to the link port, by kind; then they close. */
export const streams = (target: Target): { readonly [kind: string]: () => Uint8Array } => {
  const me = introduction(target, "127.0.0.1")
  return {
    "random bytes": () => randomBytes(1 + random(600)),
    "truncated frames": () => {
      const whole = hello(me)
      return whole.subarray(0, 1 + random(whole.length - 1))
    },
    "oversized lengths": () => oversized(strangerBodyBytesMax),
    "wrong version": () => hello({ ...me, version: protocolVersion + 1 + random(1000) }),
    "wrong cluster": () => hello({ ...me, cluster: `other-${random(1_000_000)}` }),
    "frames before the handshake": () =>
      encodeMessage("replication", {
        _tag: "shown",
        reign: { epoch: 1, host: me.peerId } as ReignRef,
        logs: [{ room: "main" as never, seq: 1 as never }]
      }, "msgpack"),
    "deep nesting": () => framed(nested(random(2) === 0 ? "msgpack" : "json", 2_000 + random(10_000)))
  }
}

/** A connection from an address of loopback's, so that ports do not run out. Errors and ends are kept quiet. */
export const connect = (to: { readonly address: string; readonly port: number }, from: string): Promise<Net.Socket> =>
  new Promise((done, failed) => {
    const socket = Net.connect({ host: to.address, port: to.port, localAddress: from, noDelay: true })
    socket.once("error", failed)
    socket.once("connect", () => {
      socket.off("error", failed)
      socket.on("error", () => {})
      done(socket)
    })
  })

/** Sends bytes, ends its side, and waits until the other side has closed; whatever that says is thrown away. */
export const throwAt = async (
  to: { readonly address: string; readonly port: number },
  from: string,
  bytes: Uint8Array | string
): Promise<void> => {
  const socket = await connect(to, from)
  await new Promise<void>((done) => {
    socket.once("close", () => done())
    socket.resume()
    socket.end(bytes)
  })
}

/** A link that stands: the handshake was gone through as it should. */
export interface StrangeLink {
  readonly me: Introduction
  readonly node: Introduction
  readonly socket: Net.Socket
  /** Whether the node has closed it. */
  readonly closed: () => boolean
  readonly send: (bytes: Uint8Array) => void
}

/** Dials a node as a peer would. What comes after the handshake is read and dropped, unless `reads` is false. */
export const link = async (target: Target, from: string, reads = true): Promise<StrangeLink> => {
  const socket = await connect(target, from)
  const me = introduction(target, from)
  const handshake = new Handshake("dialer", me, () => null)
  const splitter = new FrameSplitter(bodyBytesMax)
  const say = (message: HandshakeMessage) => socket.write(encodeMessage("handshake", message, "msgpack"))
  let closed = false
  socket.once("close", () => {
    closed = true
  })
  const node = await new Promise<Introduction>((done, failed) => {
    socket.once("close", () => failed(new Error("closed during the handshake")))
    const onData = (chunk: Buffer) => {
      for (const body of splitter.push(chunk)) {
        const incoming = decodeMessage(body)
        if (typeof incoming === "string" || incoming.conversation !== "handshake") continue
        const step = handshake.receive(incoming.message)
        if (step._tag !== "up") return failed(new Error(`the handshake failed: ${JSON.stringify(step)}`))
        if (step.say !== null) say(step.say)
        socket.off("data", onData)
        if (reads) socket.resume()
        else socket.pause()
        return done(step.other)
      }
    }
    socket.on("data", onData)
    say(handshake.hello())
  })
  return { me, node, socket, closed: () => closed, send: (bytes) => void socket.write(bytes) }
}

/** Tells the node over the link that this peer lives, and that it hears the node, until the link is closed. */
export const beatOn = ({ closed, me, node, send }: StrangeLink): void => {
  let number = 0
  const timer = setInterval(() => {
    if (closed()) return clearInterval(timer)
    number += 1
    const beat = {
      hostless: protocolVersion,
      cluster: me.cluster,
      from: me.peerId,
      to: node.peerId,
      number,
      echo: number,
      echoAgeMs: 0,
      reign: null,
      mac: null
    } as const
    send(encodeMessage("beat", beat, "msgpack"))
  }, 50)
}

/** Frames of reigns that are over, from a peer: nothing may come of them. */
export const oldReigns = (peer: StrangeLink): { readonly [kind: string]: () => Uint8Array } => {
  const room = "main" as never
  const reign = { epoch: 0, host: peer.me.peerId } as ReignRef
  const seq = () => (1 + random(100_000)) as never
  return {
    events: () =>
      encodeMessage("replication", {
        _tag: "events",
        reign,
        logs: [{ room, after: null, events: [{ _tag: "tick", seq: seq(), inputs: [] }], shown: seq(), digest: null }]
      }, "msgpack"),
    shown: () => encodeMessage("replication", { _tag: "shown", reign, logs: [{ room, seq: seq() }] }, "msgpack")
  }
}

/** A whole frame of a conversation that there is, with a message that its schema does not take. */
export const nonsense = (): Uint8Array => {
  const names = ["bully", "sync", "progress", "replication", "input", "beat", "nothing"]
  return encodeFrame([names[random(names.length)], { _tag: "events", reign: random(10), room: "?" }], "msgpack")
}

/** Bodies that no screen sends, by kind. */
export const screenBodies: { readonly [kind: string]: () => Uint8Array | string } = {
  "random bytes": () => randomBytes(1 + random(600)),
  "text": () => "{\"_tag\":\"ping\",\"at\":1}",
  "truncated messages": () => {
    const whole = encodeBody(
      { _tag: "join", version: protocolVersion, subscription: 1, room: "main", seat: null },
      "msgpack"
    )
    return whole.subarray(0, 1 + random(whole.length - 1))
  },
  "wrong shapes": () => encodeBody({ _tag: "inputs", epoch: -1, inputs: [[random(10), {}]] }, "msgpack"),
  "deep nesting": () => nested(random(2) === 0 ? "msgpack" : "json", 1_000 + random(5_000))
}

const announcement = (target: Target, more: object): Uint8Array =>
  Buffer.from(JSON.stringify({
    hostless: protocolVersion,
    kind: "announce",
    cluster: target.cluster,
    game: Gather.name,
    peerId: "ffffffff-0000-4000-8000-000000000000",
    name: "stranger",
    address: "127.250.250.250",
    port: 1,
    ...more
  }))

/** Datagrams that are no announcements, by kind. */
export const announcements = (target: Target): { readonly [kind: string]: () => Uint8Array } => ({
  "random bytes": () => randomBytes(1 + random(1_400)),
  "truncated announcements": () => {
    const whole = announcement(target, {})
    return whole.subarray(0, 1 + random(whole.length - 1))
  },
  "oversized announcements": () => announcement(target, { name: "x".repeat(1_200 + random(5_000)) }),
  "announcements of another version": () => announcement(target, { hostless: protocolVersion + 1 + random(100) }),
  "deep nesting": () => Buffer.alloc(1_000, "[")
})

/** Announcements of clusters and of nodes that are not there. */
export const lies = (target: Target): () => Uint8Array => {
  let number = 0
  return () => {
    number += 1
    const peerId = `ffffffff-${(number & 0xffff).toString(16).padStart(4, "0")}-4000-8000-000000000000`
    return announcement(
      target,
      number % 2 === 0 ? { peerId, cluster: `lie-${number}` } : { peerId, port: 1 + number % 60_000 }
    )
  }
}

/** Datagrams that are no beats for the target, by kind. */
export const beats = (target: Target): { readonly [kind: string]: () => Uint8Array } => {
  const beat = (more: object): Uint8Array =>
    sealed(encodeBody({
      hostless: protocolVersion,
      cluster: target.cluster,
      from: "00000000-0000-4000-8000-000000000000",
      to: target.peerId,
      number: 1,
      echo: 0,
      echoAgeMs: 0,
      reign: null,
      mac: null,
      ...more
    }, "msgpack"))
  return {
    "random bytes": () => randomBytes(1 + random(600)),
    "truncated beats": () => {
      const whole = beat({})
      return whole.subarray(0, 1 + random(whole.length - 1))
    },
    "oversized beats": () => beat({ mac: "x".repeat(600) }),
    "beats of another version": () => beat({ hostless: protocolVersion + 1 }),
    "beats of another cluster": () => beat({ cluster: "other" }),
    "beats for somebody else": () => beat({ to: "00000000-0000-4000-8000-000000000001" }),
    "deep nesting": () => sealed(nested(random(2) === 0 ? "msgpack" : "json", 400))
  }
}
