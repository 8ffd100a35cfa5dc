/** Bytes from outside as what a schema says, or null, whatever they are. */
import { Either, type Schema } from "effect"
import { decodeBody, FrameError } from "./Frame.ts"
import { checkJson, fromJson } from "./PlainData.ts"
import { decoder } from "./Validation.ts"

const fromUtf8 = new TextDecoder("utf-8", { fatal: true })

/** What `parse` makes of the bytes, where it does not throw. */
export const reader = <A, I>(schema: Schema.Schema<A, I>, parse: (bytes: Uint8Array) => unknown) => {
  const decode = decoder(schema)
  return (bytes: Uint8Array): A | null => {
    try {
      return Either.getOrNull(decode(parse(bytes)))
    } catch {
      return null
    }
  }
}

/** A frame's body. */
export const bodyReader = <A, I>(schema: Schema.Schema<A, I>) => reader(schema, decodeBody)

/** JSON in UTF-8, of at most so many bytes. */
export const jsonReader = <A, I>(schema: Schema.Schema<A, I>, bytesMax: number) =>
  reader(schema, (bytes) => {
    if (bytes.length > bytesMax) throw new FrameError("too long")
    checkJson(bytes)
    return fromJson(fromUtf8.decode(bytes))
  })
