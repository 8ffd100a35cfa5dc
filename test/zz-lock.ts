import { Effect, Either, ExecutionStrategy, Exit, Scope } from "effect"
import * as Fs from "node:fs"
import * as DirectoryLock from "../src/layers/DirectoryLock.ts"
const path = Fs.mkdtempSync("/tmp/zzlock-")
const contest = (count: number) => Effect.scoped(Effect.forEach(Array.from({ length: count }), () => Effect.gen(function*() {
  const scope = yield* Scope.fork(yield* Effect.scope, ExecutionStrategy.sequential)
  const t = performance.now()
  const got = yield* Effect.either(Scope.extend(DirectoryLock.acquire(path), scope))
  if (Either.isLeft(got)) yield* Scope.close(scope, Exit.void)
  return [got, performance.now() - t] as const
}), { concurrency: "unbounded" }))
await Effect.runPromise(Effect.gen(function*() {
  for (let r = 0; r < 3000; r++) {
    const all = yield* contest(8)
    const n = all.filter(([e]) => Either.isRight(e)).length
    if (n !== 1) console.log(r, n, all.map(([e, t]) => (Either.isLeft(e) ? e.left.reason + ":" + e.left.detail : "got") + " " + t.toFixed(0)).join(" | "))
  }
}))
console.log("done")
