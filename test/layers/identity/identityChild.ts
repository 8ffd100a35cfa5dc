/** A process that has an identity in a directory: `identityChild.ts DIRECTORY [accept]`. */
import { Effect } from "effect"
import * as NodeIdentityKept from "../../../src/layers/identity/NodeIdentityKept.ts"
import { Epoch } from "../../../src/protocol/Ids.ts"
import { NodeIdentity } from "../../../src/services/NodeIdentity.ts"

const [directory, what] = process.argv.slice(2)

const say = (line: string) =>
  Effect.async<void>((resume) => void process.stdout.write(`${line}\n`, () => resume(Effect.void)))

const program = Effect.gen(function*() {
  const { accept, incarnation, peerId } = yield* NodeIdentity
  yield* say(`got ${incarnation}`)
  if (what !== "accept") return yield* Effect.never
  // Until it is killed: says each reign only after it is kept.
  for (let epoch = 1;; epoch++) {
    const root = { epoch: Epoch.make(1), host: peerId }
    yield* accept({ epoch: Epoch.make(epoch), host: peerId, members: Array.from({ length: 64 }, () => peerId), root })
    yield* say(`kept ${epoch}`)
  }
}).pipe(
  Effect.provide(NodeIdentityKept.layer({ directory: directory! })),
  Effect.catchAll((error) => say(`failed ${error.reason}`))
)

// A program of its own, for its test only.
void Effect.runPromise(program)
