/**
 * What `PeerLinks` promises, as one suite that runs over every transport.
 */
import { Effect, Scope, type TestServices } from "effect"
import type { Describe, Test } from "./LinkMessages.ts"
import { type Wiring, World } from "./LinkNodes.ts"
import { ends, misuse } from "./PeerLinksEnds.ts"
import { hintsAndCounters, messages } from "./PeerLinksMessages.ts"
import { again, changes, pairs } from "./PeerLinksPairs.ts"
import { relayed } from "./PeerLinksRelayed.ts"
import { dialled, strangers } from "./PeerLinksStrangers.ts"

/** `it.effect` or `it.live`, in scope. */
export type Runner = <E>(
  name: string,
  body: () => Effect.Effect<void, E, Scope.Scope | TestServices.TestServices>,
  timeout?: number
) => void

/** `make`: a network for one test, and how to wait on it. */
export const suite = (
  name: string,
  make: Effect.Effect<Wiring, never, Scope.Scope>,
  it: Runner,
  describe: Describe
): void => {
  const test: Test = (name, body, timeout = 10_000) => {
    const run = Effect.gen(function*() {
      const wiring = yield* make
      const scope = yield* Effect.scope
      const world = new World(wiring)
      yield* wiring.drive(Scope.extend(Effect.gen(() => body(world, wiring)), scope))
    })
    it(name, () => run, timeout)
  }

  describe(`links over ${name}`, () => {
    const parts = [pairs, messages, hintsAndCounters, changes, ends, misuse, relayed, strangers, dialled, again]
    for (const part of parts) part(test, describe)
  })
}
