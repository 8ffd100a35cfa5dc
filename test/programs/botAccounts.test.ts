import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it, onTestFinished } from "vitest"
import { chainInput } from "../../src/core/InputLedger.ts"
import * as BotAccounts from "../../src/programs/bench/BotAccounts.ts"

/** A log with these lines, and its account. */
const accountOf = (lines: ReadonlyArray<object | string>) => {
  const directory = mkdtempSync(join(tmpdir(), "hostless-test-"))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const file = join(directory, "bot.jsonl")
  writeFileSync(file, lines.map((line) => typeof line === "string" ? line : `${JSON.stringify(line)}\n`).join(""))
  return BotAccounts.read(file)
}

const seated = (seat: number) => ({ _tag: "seated", seat })
const input = (seat: number, number: number, input: unknown) => ({ _tag: "input", seat, number, input })
const acknowledged = (seat: number, number: number, verdict = "ok") => ({ _tag: "acknowledged", seat, number, verdict })
const hashOf = (...inputs: ReadonlyArray<unknown>) =>
  inputs.reduce<number>((hash, one, i) => chainInput(hash, i + 1, one), 0)

const player = (lastInput: number, inputHash: number) => ({ lastInput, inputHash }) as never

describe("a bot's account", () => {
  it("is none before it has a seat", () => assert.isNull(accountOf([])))

  it("agrees with a state that applied what was sent, once each", () => {
    const account = accountOf([seated(1), input(1, 1, "a"), input(1, 2, "b"), acknowledged(1, 2), "{\"_tag\":\"inp"])!
    assert.deepStrictEqual(BotAccounts.compare(account, player(2, hashOf("a", "b"))), {
      checked: 2,
      lost: 0,
      doubled: 0
    })
  })

  it("read before and after a state: what was sent meanwhile counts as sent, what was acknowledged meanwhile need not be there", () => {
    const first = [seated(1), input(1, 1, "a"), acknowledged(1, 1)]
    const more = [...first, input(1, 2, "b"), input(1, 3, "c"), acknowledged(1, 3)]
    const account = BotAccounts.around(accountOf(first), accountOf(more))!
    const verdict = { checked: 1, lost: 0, doubled: 0 }
    assert.deepStrictEqual(BotAccounts.compare(account, player(1, hashOf("a"))), verdict)
    assert.deepStrictEqual(BotAccounts.compare(account, player(2, hashOf("a", "b"))), verdict)
    assert.isNull(BotAccounts.around(accountOf(first), accountOf([...more, seated(2)])))
    assert.isNull(BotAccounts.around(null, accountOf(first)))
  })

  it("finds what was acknowledged and is not there, and what was applied otherwise", () => {
    const account = accountOf([seated(1), input(1, 1, "a"), input(1, 2, "b"), acknowledged(1, 2)])!
    assert.strictEqual(BotAccounts.compare(account, player(1, hashOf("a"))).lost, 1)
    assert.strictEqual(BotAccounts.compare(account, player(2, hashOf("a", "a"))).doubled, 1)
  })

  it("goes on from where another lineage stands, and tells what that undid", () => {
    const account = accountOf([
      seated(1),
      ...["a", "b", "c"].map((what, i) => input(1, i + 1, what)),
      acknowledged(1, 3),
      { _tag: "rebased", seat: 1, number: 1, hash: hashOf("a") },
      input(1, 2, "d"),
      acknowledged(1, 2)
    ])!
    assert.strictEqual(account.undone, 2)
    assert.deepStrictEqual(BotAccounts.compare(account, player(2, hashOf("a", "d"))), {
      checked: 2,
      lost: 0,
      doubled: 0
    })
  })
})
