/**
 * What a node carries between two others that cannot link each other: the frames of a link between those two, each
 * wrapped into one of this conversation, by way of a node that both are linked with.
 */
import { Schema } from "effect"
import { bodyBytesMax } from "./Frame.ts"
import { PeerId } from "./Ids.ts"
import { bytesUpTo } from "./PlainData.ts"

const ends = {
  from: PeerId,
  to: PeerId,
  /** Whichever of the two has dialled. */
  dialer: PeerId,
  /** Which of the dialer's relayed connections; grows with each. */
  channel: Schema.NonNegativeInt
}

export const RelayMessage = Schema.Union(
  /** One frame, without its length. Its content is the two ends' business, and checked by the one that it reaches. */
  Schema.TaggedStruct("carry", { ...ends, frame: bytesUpTo(bodyBytesMax) }),
  /** Nothing more will come: the sender has closed the connection, or cannot reach the other end. */
  Schema.TaggedStruct("closed", { ...ends, detail: Schema.String.pipe(Schema.maxLength(128)) })
)
export type RelayMessage = typeof RelayMessage.Type
