/** A connection as the relay needs it, whatever carries its lines. */

/** What the relay is told by a connection. */
export interface WireEnd {
  readonly received: (chunk: Uint8Array) => void
  /** Something came that is not text in lines. */
  readonly binary: () => void
  /** A sign of life that is no line. */
  readonly heard: () => void
  readonly drained: () => void
  /** At most once. */
  readonly closed: (reason: "closed" | "reset", detail: string) => void
}

export interface Wire {
  readonly remote: string
  /** Writes lines, each with its end. False: the reader is behind, and `drained` tells when it is no more. */
  readonly write: (lines: ReadonlyArray<Uint8Array>) => boolean
  /** Asks for a sign of life, where that can be done without a line. */
  readonly ask: (() => void) | null
  readonly pause: () => void
  readonly resume: () => void
  /** Closes it when all is written that was; `destroy` does not wait. */
  readonly end: () => void
  readonly destroy: () => void
}
