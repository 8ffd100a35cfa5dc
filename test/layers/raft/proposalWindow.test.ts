/** What becomes of a proposer's commands when its session is forgotten: none is carried out twice. */
import { Effect, Either } from "effect"
import { assert, describe, it } from "vitest"
import * as Command from "../../../src/layers/raft/Command.ts"
import { ProposalWindow } from "../../../src/layers/raft/ProposalWindow.ts"
import type { RaftLogError } from "../../../src/services/RaftLog.ts"

const body = (n: number) => Uint8Array.of(n)

/** A window whose session, 7, is open, and what its commands came to. */
const opened = (windowMax = 4) => {
  const window = new ProposalWindow({
    waitingMax: 8,
    windowMax,
    timeoutTicks: 5,
    resendTicks: 3,
    makeNonce: () => "0123456789abcdef"
  })
  const results: Array<Either.Either<Uint8Array, RaftLogError>> = []
  const add = (n: number) => window.add(body(n), (result) => void results.push(Effect.runSync(Effect.either(result))))
  add(1)
  assert.deepStrictEqual(window.next().map(({ number }) => number), [0])
  window.sent(1)
  window.opened("0123456789abcdef", 7)
  return { add, results, window }
}

const bodiesOf = (window: ProposalWindow) =>
  window.next().map(({ bytes }) => {
    const command = Command.parse(bytes)
    return command?._tag === "numbered" ? [command.session, command.number, [...command.body]] : command?._tag
  })

describe("a proposer's window", () => {
  it("goes on by as much as is known to be settled", () => {
    const { add, results, window } = opened(2)
    for (const n of [2, 3]) add(n)
    assert.deepStrictEqual(bodiesOf(window), [[7, 1, [1]], [7, 2, [2]]])
    window.sent(2)
    window.settled(7, 2, body(20))
    assert.deepStrictEqual(bodiesOf(window), [], "1 holds the window")
    window.settled(7, 1, body(10))
    assert.deepStrictEqual(bodiesOf(window), [[7, 3, [3]]])
    assert.deepStrictEqual(results.map((result) => Either.getOrThrow(result)[0]), [20, 10])
  })

  it("proposes in a new session what was sent once and found no session", () => {
    const { results, window } = opened()
    window.next()
    window.sent(1)
    window.unknownSession(7)
    assert.deepStrictEqual(bodiesOf(window), ["open"])
    window.sent(1)
    window.opened("0123456789abcdef", 9)
    assert.deepStrictEqual(bodiesOf(window), [[9, 1, [1]]])
    assert.deepStrictEqual(results, [])
  })

  it("does not know what became of what was sent twice", () => {
    const { results, window } = opened()
    window.next()
    window.sent(1)
    window.sendAllAgain()
    window.sent(1)
    window.unknownSession(7)
    assert.strictEqual(results.length === 1 && Either.isLeft(results[0]!) && results[0].left.reason, "unknown-outcome")
    assert.deepStrictEqual(bodiesOf(window), [])
  })

  it("does not know what a snapshot without its session stands for, and proposes none of it again", () => {
    const { results, window } = opened()
    window.next()
    window.sent(1)
    window.restored([])
    assert.strictEqual(results.length === 1 && Either.isLeft(results[0]!) && results[0].left.reason, "unknown-outcome")
    assert.deepStrictEqual(bodiesOf(window), [])
  })

  it("takes its results from a snapshot's sessions", () => {
    const { results, window } = opened()
    window.next()
    window.sent(1)
    window.restored([["7", 0, [[1, body(10)]]]])
    assert.deepStrictEqual(results.map(Either.getOrThrow), [body(10)])
  })

  it("sends again what is declined, and what has no answer for long", () => {
    const { window } = opened()
    window.next()
    window.sent(1)
    assert.deepStrictEqual(bodiesOf(window), [])
    window.declined([1])
    assert.deepStrictEqual(bodiesOf(window), [[7, 1, [1]]])
    window.sent(1)
    for (let tick = 0; tick < 3; tick++) window.tick()
    assert.deepStrictEqual(bodiesOf(window), [[7, 1, [1]]])
  })

  it("goes on with what nobody waits for any more", () => {
    const { results, window } = opened()
    window.next()
    window.sent(1)
    for (let tick = 0; tick < 6; tick++) window.tick()
    assert.strictEqual(results.length, 1)
    assert.deepStrictEqual(bodiesOf(window), [[7, 1, [1]]])
    window.sent(1)
    window.settled(7, 1, body(10))
    assert.strictEqual(results.length, 1, "it was told already")
  })
})
