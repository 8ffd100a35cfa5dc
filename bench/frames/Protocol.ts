/** What the experiment's processes say to each other. */

/** One node of three. */
export interface Setup {
  /** From 1 on. */
  readonly n: number
  /** Where all listen, in order. */
  readonly places: ReadonlyArray<string>
  /** Frames per second; null: there is no game loop. */
  readonly fps: number | null
  /** How long a frame keeps its thread, in milliseconds. */
  readonly frameMs: number
  /** Where the Raft node runs: beside the game loop, in a thread of its own, or nowhere. */
  readonly raft: Placement | null
}

export type Placement = "same thread" | "own thread"

/** From the bench to a node: commands are proposed, and frames are timed, for so long. */
export interface Measure {
  readonly _tag: "measure"
  readonly seconds: number
}

/** From a node to the bench. Milliseconds since the epoch, with fractions: one machine's clock. */
export type Heard =
  | { readonly _tag: "leader"; readonly leader: number | null; readonly term: number; readonly atMs: number }
  | {
    readonly _tag: "measured"
    /** From a proposal to its result, in milliseconds. */
    readonly commitsMs: ReadonlyArray<number>
    readonly failed: number
    /** By how much the time between two frames was off. */
    readonly framesOffMs: ReadonlyArray<number>
  }

/** Between a node's game loop and its Raft node, where that has a thread of its own. */
export type Asked = { readonly number: number; readonly command: Uint8Array }
export type Answered =
  | Extract<Heard, { readonly _tag: "leader" }>
  | { readonly _tag: "answer"; readonly number: number; readonly committed: boolean }
