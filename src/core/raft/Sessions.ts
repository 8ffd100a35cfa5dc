/**
 * Commands that take effect exactly once, however often they are proposed (dissertation, 6.3). Whoever proposes has a
 * session and numbers its commands from 1; the state machine asks this table before it applies one, and keeps the
 * results of those that the other end may ask for again. The table is part of the state: all nodes change it by the
 * same entries in the same order, and it goes into snapshots.
 */

/**
 * Before a command is applied. `number`: its own. `acknowledged`: all results up to there have arrived at its proposer.
 */
export interface Numbered {
  readonly session: string
  readonly number: number
  readonly acknowledged: number
}

export type Admission<Result> =
  /** To be applied now, and its result to be kept by `settle`. */
  | { readonly _tag: "new" }
  /** It was applied before, with this result. */
  | { readonly _tag: "repeated"; readonly result: Result }
  /** It was applied before, and its proposer has the result. */
  | { readonly _tag: "acknowledged" }
  /** Never opened, or forgotten since many others were used later: whether it was applied is not known. */
  | { readonly _tag: "unknown-session" }
  /** More results are not acknowledged than are kept. */
  | { readonly _tag: "too-far-ahead" }

/** A table as plain data: sessions in order of last use, the oldest first. */
export type Plain<Result> = ReadonlyArray<
  readonly [session: string, acknowledged: number, results: ReadonlyArray<readonly [number: number, result: Result]>]
>

interface Session<Result> {
  acknowledged: number
  readonly results: Map<number, Result>
}

export interface Bounds {
  /** When there are more, the one not used for longest is forgotten. The same on all nodes. */
  readonly sessionsMax: number
  /** Of one session. The same on all nodes. */
  readonly resultsMax: number
}

export const defaults: Bounds = { sessionsMax: 1_024, resultsMax: 64 }

export class Sessions<Result> {
  /** In order of last use. */
  private readonly sessions: Map<string, Session<Result>>
  /** The last in that order: used again, it stays where it is. */
  private lastUsed: string | null = null

  constructor(plain: Plain<Result> = [], private readonly bounds: Bounds = defaults) {
    this.sessions = new Map(
      plain.map(([session, acknowledged, results]) => [session, { acknowledged, results: new Map(results) }])
    )
  }

  /** Opens a session, or keeps one that is open. */
  open(id: string): void {
    this.use(id, this.sessions.get(id) ?? { acknowledged: 0, results: new Map() })
    if (this.sessions.size > this.bounds.sessionsMax) this.sessions.delete(this.sessions.keys().next().value!)
  }

  close(id: string): void {
    if (id === this.lastUsed) this.lastUsed = null
    this.sessions.delete(id)
  }

  /** What is to be done with a committed command. */
  admit({ acknowledged, number, session: id }: Numbered): Admission<Result> {
    const session = this.sessions.get(id)
    if (session === undefined) return { _tag: "unknown-session" }
    this.use(id, session)
    if (number <= session.acknowledged) return { _tag: "acknowledged" }
    this.acknowledge(session, Math.min(acknowledged, number - 1))
    if (session.results.has(number)) return { _tag: "repeated", result: session.results.get(number)! }
    if (number > session.acknowledged + this.bounds.resultsMax) return { _tag: "too-far-ahead" }
    return { _tag: "new" }
  }

  /** Keeps the result of a command that was admitted as new. */
  settle({ number, session }: Pick<Numbered, "session" | "number">, result: Result): void {
    this.sessions.get(session)?.results.set(number, result)
  }

  plain(): Plain<Result> {
    return [...this.sessions].map(([id, { acknowledged, results }]) => [id, acknowledged, [...results]])
  }

  private use(id: string, session: Session<Result>): void {
    if (id === this.lastUsed) return
    this.lastUsed = id
    this.sessions.delete(id)
    this.sessions.set(id, session)
  }

  private acknowledge(session: Session<Result>, to: number): void {
    if (to <= session.acknowledged) return
    session.acknowledged = to
    for (const number of session.results.keys()) if (number <= to) session.results.delete(number)
  }
}
