import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Either, ExecutionStrategy, Exit, Layer, Schema, Scope } from "effect"
import { spawn } from "node:child_process"
import * as Fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as DirectoryLock from "../../../src/layers/identity/DirectoryLock.ts"
import * as NodeIdentityFixed from "../../../src/layers/identity/NodeIdentityFixed.ts"
import * as NodeIdentityFresh from "../../../src/layers/identity/NodeIdentityFresh.ts"
import * as NodeIdentityKept from "../../../src/layers/identity/NodeIdentityKept.ts"
import { Epoch, Name, PeerId } from "../../../src/protocol/Ids.ts"
import type { Reign } from "../../../src/protocol/Reign.ts"
import { type Identity, type IdentityError, NodeIdentity } from "../../../src/services/NodeIdentity.ts"
import { idOf } from "../../../src/testing/LinkNodes.ts"
import { children } from "../../setup/children.ts"
import { often } from "../../setup/often.ts"

const directory: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(join(tmpdir(), "hostless-test-"))),
  (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true, force: true }))
)

const reign = (epoch: number, host = 1, members = [1, 2]): Reign => ({
  epoch: Epoch.make(epoch),
  host: idOf(host),
  members: members.map(idOf),
  root: { epoch: Epoch.make(1), host: idOf(1) }
})

const build = (
  layer: Layer.Layer<NodeIdentity, IdentityError>
): Effect.Effect<Identity & { readonly stop: Effect.Effect<void> }, IdentityError, Scope.Scope> =>
  Effect.gen(function*() {
    const scope = yield* Scope.fork(yield* Effect.scope, ExecutionStrategy.sequential)
    const context = yield* Layer.buildWithScope(layer, scope).pipe(
      Effect.tapError(() => Scope.close(scope, Exit.void))
    )
    return { ...Context.get(context, NodeIdentity), stop: Scope.close(scope, Exit.void) }
  })

const start = (directory: string) => build(NodeIdentityKept.layer({ directory }))
const file = (directory: string) => join(directory, NodeIdentityKept.fileName)

const script = children()("identityChild")

/** A process that has the identity, or tries to; its lines as they come. */
const child = (directory: string, ...rest: ReadonlyArray<string>) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() =>
        spawn(
          process.execPath,
          [script, directory, ...rest],
          { stdio: ["ignore", "pipe", "inherit"] }
        )
      ),
      (process) => Effect.sync(() => process.kill("SIGKILL"))
    ),
    (process) => {
      const lines: Array<string> = []
      let rest = ""
      let changed = () => {}
      process.stdout.on("data", (data: Buffer) => {
        const parts = (rest + data.toString()).split("\n")
        rest = parts.pop()!
        lines.push(...parts)
        changed()
      })
      const exited = new Promise<void>((resolve) => process.once("exit", () => resolve()))
      return {
        lines,
        /** Waits for so many lines. */
        said: (count: number) =>
          Effect.async<ReadonlyArray<string>>((resume) => {
            changed = () => {
              if (lines.length >= count) resume(Effect.succeed(lines))
            }
            changed()
          }),
        kill: Effect.promise(() => {
          process.kill("SIGKILL")
          return exited
        })
      }
    }
  )

describe("a fresh identity", () => {
  it.scoped("is another each time, with a name that may be said", () =>
    Effect.gen(function*() {
      const [a, b] = [yield* build(NodeIdentityFresh.layer()), yield* build(NodeIdentityFresh.layer({ name: "Ana" }))]
      assert.notStrictEqual(a.peerId, b.peerId)
      assert.isTrue(Schema.is(PeerId)(a.peerId) && Schema.is(Name)(a.name))
      assert.deepStrictEqual([b.name, b.incarnation, b.acceptedBefore], ["Ana", 0, null])
      yield* a.accept(reign(1))
    }))
})

describe("a fixed identity", () => {
  it.scoped("is what it was told", () =>
    Effect.gen(function*() {
      const node = yield* build(NodeIdentityFixed.layer({ peerId: idOf(7), incarnation: 3, acceptedBefore: reign(2) }))
      assert.deepInclude(node, { peerId: idOf(7), incarnation: 3, acceptedBefore: reign(2) })
    }))
})

describe("a kept identity", () => {
  it.scopedLive("keeps its id, counts its starts, and remembers the newest reign", () =>
    Effect.gen(function*() {
      const path = join(yield* directory, "made", "anew")
      const first = yield* start(path)
      assert.deepStrictEqual([first.incarnation, first.acceptedBefore], [1, null])
      yield* first.accept(reign(3))
      yield* first.stop
      const second = yield* start(path)
      assert.deepStrictEqual([second.peerId, second.incarnation, second.acceptedBefore], [first.peerId, 2, reign(3)])
      yield* second.stop
      const third = yield* start(path)
      assert.deepStrictEqual([third.incarnation, third.acceptedBefore], [3, reign(3)])
    }))

  it.scopedLive("has the reign on disk when accept returns, and never an older one", () =>
    Effect.gen(function*() {
      const path = yield* directory
      const node = yield* start(path)
      const onDisk = () => JSON.parse(Fs.readFileSync(file(path), "utf8")).reign
      const accepted = [reign(2), reign(2, 2), reign(1, 9), reign(2, 2, [1, 2, 3]), reign(2, 1)]
      const expected = [reign(2), reign(2, 2), reign(2, 2), reign(2, 2, [1, 2, 3]), reign(2, 2, [1, 2, 3])]
      for (const [i, next] of accepted.entries()) {
        yield* node.accept(next)
        assert.deepStrictEqual(onDisk(), expected[i])
      }
      yield* Effect.forEach([7, 5, 9, 8, 6], (epoch) => node.accept(reign(epoch)), { concurrency: "unbounded" })
      assert.deepStrictEqual(onDisk(), reign(9))
      // Nothing half-written is left.
      assert.sameMembers(Fs.readdirSync(path).filter((name) => !name.startsWith("lock-")), [NodeIdentityKept.fileName])
    }))

  it.scopedLive(
    "is whole whenever its process is killed, and at least as new as what was said",
    () =>
      Effect.gen(function*() {
        const path = yield* directory
        for (let round = 1; round <= 3; round++) {
          const process = yield* child(path, "accept")
          yield* process.said(20 * round)
          yield* process.kill
          const kept = JSON.parse(Fs.readFileSync(file(path), "utf8"))
          assert.strictEqual(kept.incarnation, round)
          assert.isAtLeast(kept.reign.epoch, Number(process.lines.at(-1)!.split(" ")[1]))
          Fs.rmSync(file(path))
          Fs.writeFileSync(file(path), JSON.stringify({ ...kept, reign: null }))
        }
      }),
    60_000
  )

  it.scopedLive("is one process's only: a second one is told so, and what to do", () =>
    Effect.gen(function*() {
      const path = yield* directory
      const first = yield* start(path)
      const error = yield* Effect.flip(start(path))
      assert.strictEqual(error.reason, "locked")
      assert.include(error.detail, path)
      assert.include(error.detail, "a directory of its own")
      yield* first.accept(reign(1))
      const other = yield* child(path)
      assert.deepStrictEqual(yield* other.said(1), ["failed locked"])
      yield* first.stop
      assert.strictEqual((yield* start(path)).incarnation, 2)
    }), 30_000)

  it.scopedLive("is free at once when its process is killed", () =>
    Effect.gen(function*() {
      const path = yield* directory
      const process = yield* child(path)
      assert.deepStrictEqual(yield* process.said(1), ["got 1"])
      assert.strictEqual((yield* Effect.flip(start(path))).reason, "locked")
      yield* process.kill
      assert.strictEqual((yield* start(path)).incarnation, 2)
    }), 30_000)

  it.scopedLive("may lie at a path too long for a socket", () =>
    Effect.gen(function*() {
      const path = join(yield* directory, "x".repeat(120))
      yield* start(path)
      assert.strictEqual((yield* Effect.flip(start(path))).reason, "locked")
    }))

  const corrupt: ReadonlyArray<readonly [string, string]> = [
    ["empty", ""],
    ["no JSON", "{\"hostless\": 1, \"peerId\""],
    ["another program's", "{\"name\":\"x\"}"],
    ["of a later version", JSON.stringify({ hostless: 2, peerId: idOf(1), incarnation: 1, reign: null })],
    ["with a broken id", JSON.stringify({ hostless: 1, peerId: "me", incarnation: 1, reign: null })],
    ["far too large", `"${"x".repeat(100_000)}"`]
  ]
  for (const [name, content] of corrupt) {
    it.scopedLive(`whose file is ${name} is an error, and the file is left alone`, () =>
      Effect.gen(function*() {
        const path = yield* directory
        Fs.writeFileSync(file(path), content)
        const error = yield* Effect.flip(start(path))
        assert.strictEqual(error.reason, "corrupt")
        assert.include(error.detail, file(path))
        assert.strictEqual(Fs.readFileSync(file(path), "utf8"), content)
        // The lock is given back too.
        Fs.rmSync(file(path))
        yield* start(path)
      }))
  }

  it.scopedLive("that cannot be written is an error", () =>
    Effect.gen(function*() {
      const path = yield* directory
      Fs.writeFileSync(join(path, "file"), "")
      assert.strictEqual((yield* Effect.flip(start(join(path, "file")))).reason, "unwritable")
      Fs.mkdirSync(file(path))
      assert.strictEqual((yield* Effect.flip(start(path))).reason, "unreadable")
    }))
})

describe("a directory's lock", () => {
  /** Many at once: who gets it. */
  const contest = (path: string, count: number) =>
    Effect.scoped(
      Effect.map(
        Effect.forEach(
          Array.from({ length: count }),
          () =>
            Effect.gen(function*() {
              const scope = yield* Scope.fork(yield* Effect.scope, ExecutionStrategy.sequential)
              const got = yield* Effect.either(Scope.extend(DirectoryLock.acquire(path), scope))
              if (Either.isLeft(got)) yield* Scope.close(scope, Exit.void)
              return got
            }),
          { concurrency: "unbounded" }
        ),
        (all) => all.filter(Either.isRight).length
      )
    )

  it.scopedLive("goes to one of many that start at once, and is free after that", () =>
    Effect.gen(function*() {
      const path = yield* directory
      for (let round = 0; round < often(2, 20); round++) assert.strictEqual(yield* contest(path, 4), 1)
      assert.deepStrictEqual(Fs.readdirSync(path), [])
    }), 30_000)

  it.scopedLive("goes to one of several processes that start at once", () =>
    Effect.gen(function*() {
      const path = yield* directory
      const processes = yield* Effect.forEach([1, 2, 3, 4], () => child(path))
      const words = yield* Effect.forEach(processes, (process) => process.said(1), { concurrency: "unbounded" })
      assert.lengthOf(words.filter(([word]) => word === "got 1"), 1)
      assert.lengthOf(words.filter(([word]) => word === "failed locked"), 3)
    }), 60_000)

  it.scopedLive("is not held by what killed processes left behind", () =>
    Effect.gen(function*() {
      const path = yield* directory
      for (let i = 0; i < 3; i++) {
        const process = yield* child(path)
        assert.deepStrictEqual(yield* process.said(1), [`got ${i + 1}`])
        yield* process.kill
      }
      assert.strictEqual(yield* contest(path, 5), 1)
      assert.deepStrictEqual(Fs.readdirSync(path), [NodeIdentityKept.fileName])
    }), 60_000)
})
