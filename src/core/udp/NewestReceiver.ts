/** The receiving side of the newest-wins channel: whole messages, never one older than the last of its key. */
import { joined } from "../../protocol/Bytes.ts"
import type { Fragment } from "./Chunks.ts"
import { fragmentsMax, newestKeys, newestWindow } from "./NewestSender.ts"

interface Partial {
  readonly version: number
  readonly parts: Array<Uint8Array | undefined>
  missing: number
}

interface Incoming {
  /** The version of the last that was complete. */
  delivered: number
  /** What came of later ones, at most `newestWindow`. */
  partials: ReadonlyArray<Partial>
}

export class NewestReceiver {
  private readonly incoming = Array.from({ length: newestKeys }, (): Incoming => ({ delivered: -1, partials: [] }))

  /** The message that this fragment completes, or null. It may be a view of the fragment's bytes. */
  receive({ bytes, count, index, key, version }: Fragment): Uint8Array | null {
    const incoming = this.incoming[key]
    if (incoming === undefined || count > fragmentsMax || version <= incoming.delivered) return null
    if (count === 1) return done(incoming, version, bytes)
    const partial = partialOf(incoming, version, count)
    if (partial === null || partial.parts.length !== count || partial.parts[index] !== undefined) return null
    partial.parts[index] = bytes.slice()
    partial.missing -= 1
    return partial.missing === 0 ? done(incoming, version, joined(partial.parts as ReadonlyArray<Uint8Array>)) : null
  }
}

/** Where the fragments of a version are kept, or null where there is only room for newer ones. */
const partialOf = (incoming: Incoming, version: number, count: number): Partial | null => {
  const known = incoming.partials.find((partial) => partial.version === version)
  if (known !== undefined) return known
  const parts = new Array<Uint8Array | undefined>(count).fill(undefined)
  const all = [...incoming.partials, { version, parts, missing: count }].sort((a, b) => b.version - a.version)
  incoming.partials = all.slice(0, newestWindow)
  return incoming.partials.find((partial) => partial.version === version) ?? null
}

const done = (incoming: Incoming, version: number, message: Uint8Array): Uint8Array => {
  incoming.delivered = version
  incoming.partials = incoming.partials.filter((partial) => partial.version > version)
  return message
}
