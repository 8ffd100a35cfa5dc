/** Reigns as leaders note them in their group's log. */
import { Either, Schema } from "effect"
import type { Declared } from "../../core/group/Reigning.ts"
import { Declaration } from "../../protocol/Reign.ts"
import type { Note } from "../../services/RaftGroup.ts"

const Body = Schema.parseJson(Declaration)

const decode = Schema.decodeUnknownEither(Body)
const encode = Schema.encodeSync(Body)

export const bodyOf = (declaration: Declaration): Uint8Array => Buffer.from(encode(declaration))

/** Null: it is none. */
export const parse = ({ body, term }: Note): Declared | null => {
  const found = decode(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString())
  return Either.isRight(found) ? { ...found.right, term } : null
}
