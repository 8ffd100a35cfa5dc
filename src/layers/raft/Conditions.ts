/** What waits for something to become so: looked at after every turn, for so many ticks at most. */
import { Effect } from "effect"
import { RaftLogError } from "../../services/RaftLog.ts"

/** Undefined: not yet. */
export type Look<A> = () => A | RaftLogError | undefined

interface Condition {
  /** Whether it is settled. */
  readonly look: () => boolean
  readonly fail: (error: RaftLogError) => void
  readonly deadline: number
}

export class Conditions {
  private readonly all = new Set<Condition>()
  private tickNow = 0

  constructor(private readonly max: number) {}

  until<A>(look: Look<A>, ticks: number, late: RaftLogError): Effect.Effect<A, RaftLogError> {
    return Effect.async<A, RaftLogError>((resume) => {
      if (this.all.size >= this.max) {
        return resume(Effect.fail(new RaftLogError({ reason: "busy", detail: "too many changes are under way" })))
      }
      const condition: Condition = {
        look: () => {
          const found = look()
          if (found === undefined) {
            if (this.tickNow < condition.deadline) return false
            resume(Effect.fail(late))
          } else resume(found instanceof RaftLogError ? Effect.fail(found) : Effect.succeed(found))
          return true
        },
        fail: (error) => resume(Effect.fail(error)),
        deadline: this.tickNow + ticks
      }
      this.all.add(condition)
      return Effect.sync(() => this.all.delete(condition))
    })
  }

  tick(): void {
    this.tickNow++
  }

  look(): void {
    for (const condition of this.all) if (condition.look()) this.all.delete(condition)
  }

  fail(error: RaftLogError): void {
    for (const { fail } of this.all) fail(error)
    this.all.clear()
  }
}
