import { assert, describe, it } from "vitest"
import { type Numbered, Sessions } from "../../../src/core/raft/Sessions.ts"
import { fc } from "../../setup/chance.ts"

const one = (number: number, acknowledged = 0, session = "s"): Numbered => ({ session, number, acknowledged })

describe("sessions (dissertation, 6.3)", () => {
  it("a command is new once, and then its result is told until it is acknowledged", () => {
    const sessions = new Sessions<string>()
    sessions.open("s")
    assert.deepEqual(sessions.admit(one(1)), { _tag: "new" })
    sessions.settle(one(1), "hit")
    assert.deepEqual(sessions.admit(one(1)), { _tag: "repeated", result: "hit" })
    assert.deepEqual(sessions.admit(one(2, 1)), { _tag: "new" })
    sessions.settle(one(2), "missed")
    assert.deepEqual(sessions.admit(one(1)), { _tag: "acknowledged" })
    assert.deepEqual(sessions.admit(one(2)), { _tag: "repeated", result: "missed" })
  })

  it("of a session that nobody opened, or that was forgotten, nothing is applied", () => {
    const sessions = new Sessions<string>([], { sessionsMax: 2, resultsMax: 4 })
    assert.strictEqual(sessions.admit(one(1))._tag, "unknown-session")
    for (const id of ["s", "t"]) sessions.open(id)
    sessions.admit(one(1))
    sessions.open("u")
    assert.strictEqual(sessions.admit(one(1, 0, "t"))._tag, "unknown-session", "the one not used for longest")
    assert.strictEqual(sessions.admit(one(1))._tag, "new")
    sessions.close("s")
    assert.strictEqual(sessions.admit(one(1))._tag, "unknown-session")
  })

  it("no more results are kept than allowed", () => {
    const sessions = new Sessions<number>([], { sessionsMax: 2, resultsMax: 4 })
    sessions.open("s")
    for (let number = 1; number <= 4; number++) {
      assert.strictEqual(sessions.admit(one(number))._tag, "new")
      sessions.settle(one(number), number)
    }
    assert.strictEqual(sessions.admit(one(5))._tag, "too-far-ahead")
    assert.strictEqual(sessions.admit(one(5, 1))._tag, "new")
  })

  it("a node that begins with a snapshot forgets the same session as those that folded all, whatever was used last", () => {
    const bounds = { sessionsMax: 2, resultsMax: 4 }
    for (const used of ["s", "t"]) {
      const folded = new Sessions<string>([], bounds)
      for (const id of ["t", "s", used]) folded.open(id)
      const restored = new Sessions<string>(structuredClone(folded.plain()), bounds)
      for (const sessions of [folded, restored]) sessions.open("u")
      assert.deepEqual(restored.plain(), folded.plain())
      const kept = folded.plain().map(([id]) => id)
      assert.deepEqual(kept, [used, "u"])
      // Used again without a word to the others in between, it is the last one all the same.
      for (const sessions of [folded, restored]) {
        sessions.admit(one(1, 0, used))
        sessions.close("u")
        sessions.open("v")
        sessions.open("w")
      }
      assert.deepEqual(restored.plain().map(([id]) => id), ["v", "w"])
      assert.deepEqual(restored.plain(), folded.plain())
    }
  })

  it("whatever is proposed again, however late and in whatever order, each is applied once, over snapshots too", () => {
    const command = fc.record({ session: fc.constantFrom("s", "t"), number: fc.integer({ min: 1, max: 12 }) })
    fc.assert(fc.property(fc.array(fc.tuple(command, fc.boolean()), { maxLength: 200 }), (log) => {
      let sessions = new Sessions<string>()
      const applied = new Map<string, number>()
      const heard = new Map([["s", new Set<number>()], ["t", new Set<number>()]])
      for (const id of heard.keys()) sessions.open(id)
      for (const [{ number, session }, snapshot] of log) {
        let acknowledged = 0
        while (heard.get(session)!.has(acknowledged + 1)) acknowledged++
        const numbered = { session, number, acknowledged }
        const key = `${session}${number}`
        const admission = sessions.admit(numbered)
        if (admission._tag === "new") {
          assert.isFalse(applied.has(key), key)
          applied.set(key, number)
          sessions.settle(numbered, key)
        } else {
          assert.isTrue(applied.has(key), key)
          if (admission._tag === "repeated") assert.strictEqual(admission.result, key)
        }
        // The proposer hears of every second.
        if (snapshot) heard.get(session)!.add(number)
        else sessions = new Sessions(structuredClone(sessions.plain()))
      }
    }))
  })
})
