/** Every message comes back from its bytes as it was, in both formats, however the stream is cut. */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Either, Schema } from "effect"
import * as BeatIntake from "../../src/layers/health/BeatIntake.ts"
import { type Beat, beatBytesMax } from "../../src/protocol/Beat.ts"
import { conversations } from "../../src/protocol/Conversation.ts"
import { Announcement, announcementBytesMax, protocolVersion } from "../../src/protocol/Discovery.ts"
import {
  bodyBytesMax,
  decodeBody,
  encodeBody,
  encodeFrame,
  type Format,
  FrameSplitter
} from "../../src/protocol/Frame.ts"
import { Epoch, PeerId } from "../../src/protocol/Ids.ts"
import { NodeMessage, ScreenMessage } from "../../src/protocol/Session.ts"
import { Status } from "../../src/protocol/Status.ts"
import { FastCheck } from "../setup/chance.ts"
import { plain } from "./plain.ts"

const schemas: Readonly<Record<string, Schema.Schema.AnyNoContext>> = {
  ...Object.fromEntries(Object.entries(conversations).map(([name, { schema }]) => [name, schema])),
  announcement: Announcement,
  screen: ScreenMessage,
  node: NodeMessage,
  status: Status
}
const formats: ReadonlyArray<Format> = ["msgpack", "json"]

/** Cuts bytes into pieces of the given lengths, over and over. */
const cut = (bytes: Uint8Array, lengths: ReadonlyArray<number>): Array<Uint8Array> => {
  const pieces: Array<Uint8Array> = []
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = lengths[i % lengths.length]!
    pieces.push(bytes.slice(at, at + length))
    at += length
  }
  return pieces
}

describe("messages", () => {
  for (const [name, schema] of Object.entries(schemas)) {
    const is = Schema.is(schema)
    const decode = Schema.decodeUnknownEither(schema)
    const messages = FastCheck.array(Arbitrary.make(schema).map(plain).filter(is), { minLength: 1, maxLength: 4 })
    const lengths = FastCheck.array(FastCheck.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 8 })

    it(`${name}: round-trips through both formats, cut anyhow`, () => {
      FastCheck.assert(
        FastCheck.property(messages, FastCheck.constantFrom(...formats), lengths, (messages, format, lengths) => {
          const stream = Buffer.concat(messages.map((message) => encodeFrame(message, format)))
          const splitter = new FrameSplitter(bodyBytesMax)
          const got = cut(stream, lengths).flatMap((piece) => splitter.push(piece)).map((body) =>
            Either.getOrThrow(decode(decodeBody(body)))
          )
          assert.deepStrictEqual(got, messages)
        }),
        { numRuns: 60 }
      )
    })
  }

  it("of both formats may follow one another", () => {
    const splitter = new FrameSplitter(100)
    const bodies = splitter.push(Buffer.concat([encodeFrame({ a: 1 }, "json"), encodeFrame({ b: 2 }, "msgpack")]))
    assert.deepStrictEqual(bodies.map(decodeBody), [{ a: 1 }, { b: 2 }])
  })

  it("what is undefined is null for the other side, not an end of the stream", () => {
    assert.deepStrictEqual(decodeBody(encodeBody([undefined], "msgpack")), [null])
  })
})

describe("datagrams", () => {
  const id = PeerId.make("ffffffff-ffff-4fff-bfff-ffffffffffff")
  const longest = "\u{1f600}".repeat(48)

  it("the largest beat fits", () => {
    const beat: Beat = {
      hostless: protocolVersion,
      cluster: longest,
      from: id,
      to: id,
      number: Number.MAX_SAFE_INTEGER,
      echo: Number.MAX_SAFE_INTEGER,
      echoAgeMs: 12_345.678,
      reign: { epoch: Epoch.make(Number.MAX_SAFE_INTEGER), host: id },
      mac: "f".repeat(64)
    }
    assert.isAtMost(BeatIntake.encode(beat).length, beatBytesMax)
  })

  it("the largest announcement fits", () => {
    const announcement: Announcement = {
      hostless: protocolVersion,
      kind: "announce",
      cluster: longest,
      game: longest,
      peerId: id,
      name: longest,
      address: "255.255.255.255",
      port: 65535,
      clientPort: 65535
    }
    assert.isAtMost(Buffer.byteLength(JSON.stringify(announcement)), announcementBytesMax)
  })
})
