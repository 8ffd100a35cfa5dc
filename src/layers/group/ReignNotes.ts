/** Reigns as leaders note them in their group's log. */
import { Either, Schema } from "effect"
import type { Declaration, Declared } from "../../core/group/Reigning.ts"
import { Reign, ReignCause, ReignRef } from "../../protocol/Reign.ts"
import type { Note } from "../../services/RaftGroup.ts"

const Body = Schema.parseJson(Schema.Struct({
  reign: Reign,
  cause: ReignCause,
  over: Schema.Array(ReignRef).pipe(Schema.maxItems(16))
}))

const decode = Schema.decodeUnknownEither(Body)
const encode = Schema.encodeSync(Body)

export const bodyOf = (declaration: Declaration): Uint8Array => Buffer.from(encode(declaration))

/** Null: it is none. */
export const parse = ({ body, term }: Note): Declared | null => {
  const found = decode(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString())
  return Either.isRight(found) ? { ...found.right, term } : null
}
