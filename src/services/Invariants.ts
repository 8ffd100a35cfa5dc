/**
 * Whether what must hold of a core's state after every step is looked at. By default it is not: that costs more than the
 * step. The simulator does, and takes what is broken for a finding.
 */
import { Context } from "effect"

export interface InvariantsService {
  /** `broken` gives what does not hold of the state. Called after each step of a core; must be quick, and never throws. */
  readonly check: <S>(core: string, broken: (state: S) => ReadonlyArray<string>, state: S) => void
}

export class Invariants extends Context.Reference<Invariants>()("hostless/Invariants", {
  defaultValue: (): InvariantsService => ({ check: () => {} })
}) {}
