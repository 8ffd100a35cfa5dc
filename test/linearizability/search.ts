/**
 * The search for an order of one partition's operations.
 *
 * Sources: J. M. Wing and C. Gong, Testing and Verifying Concurrent Objects, 1993 (the search); G. Lowe, Testing for
 * Linearizability, 2017 (configurations met before are left alone; the list of calls and ends).
 */
import { Configurations } from "./Configurations.ts"
import type { Operation } from "./History.ts"
import { type Model, refused } from "./Model.ts"
import { Timeline } from "./Timeline.ts"

export interface Found {
  /** Whether there is an order; "unknown" when the steps were used up before that was clear. */
  readonly answer: "yes" | "no" | "unknown"
  /**
   * An order, as indices: for "yes" it has all operations of known outcome, and else as many of them as any that was
   * tried. Of those of unknown outcome it has the ones that take effect.
   */
  readonly order: ReadonlyArray<number>
  /** The greatest end of which it is clear that the history before it is linearizable. */
  readonly reached: number
  /** Calls that were looked at. */
  readonly steps: number
}

/**
 * Finds an order of the operations that the model allows and that has each one before those called after its end.
 *
 * @param operations in the order of their calls
 * @param stepsMax how many calls are looked at, at most (and as many more as are open at one time); time and memory are in
 * proportion to that
 */
export const search = <Input, Output, State>(
  model: Model<Input, Output, State>,
  operations: ReadonlyArray<Operation<Input, Output>>,
  stepsMax: number
): Found => new Search(model, operations, stepsMax).run()

/** The operation has no place in this state, or none that is of use. */
const refusedOrUseless = -1
/** Instead of a state's number: the operation is no choice, since it only reads. */
const noChoice = -1

/**
 * Places operations one after the other, each before the first end that is left. Where that end's own operation could not
 * be placed, it takes the last one back and tries the next.
 *
 * Two shortcuts lose no order. An operation that only reads goes in as soon as it can, and then only: in any order that
 * has it later it could be moved to here. And one of unknown outcome, which need not go in, does so only where it changes
 * the state.
 */
class Search<Input, Output, State> {
  readonly #timeline: Timeline
  readonly #configurations: Configurations
  readonly #isKnown: Uint8Array
  readonly #reads: Uint8Array
  /** States by number, numbers by key: equal states have one number. */
  readonly #states: Array<State> = []
  readonly #numbers = new Map<string | number, number>()
  /** What is placed, in order, and the state's number before each. */
  readonly #order: Array<number> = []
  readonly #statesBefore: Array<number> = []
  #state: number
  /** Operations of known outcome that are not placed, and the fewest that there were so far. */
  #left: number
  #leftLeast = Infinity
  #longest: ReadonlyArray<number> = []
  #reached = -Infinity
  #steps = 0

  constructor(
    private readonly model: Model<Input, Output, State>,
    private readonly operations: ReadonlyArray<Operation<Input, Output>>,
    private readonly stepsMax: number
  ) {
    this.#timeline = new Timeline(operations)
    this.#configurations = new Configurations(operations)
    this.#isKnown = Uint8Array.from(operations, ({ outcome }) => outcome._tag === "ok" ? 1 : 0)
    this.#reads = Uint8Array.from(operations, ({ input, outcome }) => model.reads(input, outcome) ? 1 : 0)
    this.#left = this.#isKnown.reduce((sum, known) => sum + known, 0)
    this.#state = this.#numberOf(model.initial)
  }

  run(): Found {
    const timeline = this.#timeline
    this.#placeReads()
    let node = timeline.first()
    while (this.#left > 0) {
      if (this.#steps >= this.stepsMax) return this.#found("unknown")
      const index = timeline.operationOf(node)
      if (timeline.isCall(node)) {
        node = this.#choose(index) ? timeline.first() : timeline.after(node)
      } else {
        this.#note(this.operations[index]!.end)
        const last = this.#takeBack()
        if (last === null) return this.#found("no")
        node = timeline.after(timeline.callOf(last))
      }
    }
    return this.#found("yes")
  }

  /** Places an operation that changes the state, and what can be read then; false where that leads to nothing new. */
  #choose(index: number): boolean {
    this.#steps++
    if (this.#reads[index] === 1) return false
    const state = this.#stateAfter(index)
    if (state === refusedOrUseless) return false
    this.#place(index, this.#state)
    this.#state = state
    this.#placeReads()
    if (this.#configurations.isNew(state)) return true
    this.#takeBack()
    return false
  }

  /** Places all that only reads and can go in now. */
  #placeReads(): void {
    const timeline = this.#timeline
    let node = timeline.first()
    while (node !== 0 && timeline.isCall(node)) {
      const index = timeline.operationOf(node)
      this.#steps++
      if (this.#reads[index] === 1 && this.#stateAfter(index) !== refusedOrUseless) {
        const before = timeline.before(node)
        this.#place(index, noChoice)
        // Its own end is gone too: if that was the first, more calls have come before the first.
        node = timeline.after(before)
      } else node = timeline.after(node)
    }
  }

  /** The number of the state after the operation. */
  #stateAfter(index: number): number {
    const { input, outcome } = this.operations[index]!
    const next = this.model.step(this.#states[this.#state]!, input, outcome)
    if (next === refused) return refusedOrUseless
    const state = this.#numberOf(next)
    return state === this.#state && this.#isKnown[index] === 0 ? refusedOrUseless : state
  }

  #numberOf(state: State): number {
    const key = this.model.key(state)
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    this.#numbers.set(key, this.#states.length)
    return this.#states.push(state) - 1
  }

  #place(index: number, stateBefore: number): void {
    this.#timeline.take(index)
    this.#configurations.place(index)
    this.#order.push(index)
    this.#statesBefore.push(stateBefore)
    this.#left -= this.#isKnown[index]!
  }

  /** Takes back the last operation that was a choice, with all that went in after it; null where there was none. */
  #takeBack(): number | null {
    for (let index = this.#order.pop(); index !== undefined; index = this.#order.pop()) {
      const state = this.#statesBefore.pop()!
      this.#timeline.putBack(index)
      this.#configurations.unplace(index)
      this.#left += this.#isKnown[index]!
      if (state === noChoice) continue
      this.#state = state
      return index
    }
    return null
  }

  /** How far it came, where it can go no further: all that ended before this end is placed. */
  #note(end: number): void {
    if (end > this.#reached) this.#reached = end
    if (this.#left < this.#leftLeast) {
      this.#leftLeast = this.#left
      this.#longest = this.#order.slice()
    }
  }

  #found(answer: Found["answer"]): Found {
    if (answer === "unknown") this.#note(-Infinity)
    const steps = this.#steps
    return answer === "yes"
      ? { answer, order: this.#order, reached: Infinity, steps }
      : { answer, order: this.#longest, reached: this.#reached, steps }
  }
}
