/** What an election's stepping fiber is told, one thing after the other. */
import { Effect, type Mailbox } from "effect"

/**
 * Takes letters as they come, for ever. `lastStall`: when this node's last stall ended; one that is newer than `known`
 * comes first: who lost time distrusts itself before it looks at anything that came meanwhile.
 */
export const takeEach = Effect.fnUntraced(function*<Letter>(
  letters: Mailbox.Mailbox<Letter>,
  known: number,
  lastStall: Effect.Effect<number>,
  stalled: Effect.Effect<unknown>,
  take: (letter: Letter) => Effect.Effect<unknown>
) {
  let knownStall = known
  while (true) {
    const [batch] = yield* letters.takeAll
    for (const letter of batch) {
      const stallEnd = yield* lastStall
      if (stallEnd > knownStall) {
        knownStall = stallEnd
        yield* stalled
      }
      yield* take(letter)
    }
  }
})
