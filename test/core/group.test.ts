/** How nodes come together in groups: who founds one, who is taken in and out, and which of two groups gives way. */
import { assert, describe, it } from "vitest"
import * as Changes from "../../src/core/group/Changes.ts"
import * as Founding from "../../src/core/group/Founding.ts"
import * as Meeting from "../../src/core/group/Meeting.ts"
import { heavier } from "../../src/core/group/Sights.ts"
import { stageOf } from "../../src/core/group/Stage.ts"
import { initial } from "../../src/core/raft/Configuration.ts"
import type { GroupWeight, Presence } from "../../src/protocol/Group.ts"
import { GroupId, PeerId } from "../../src/protocol/Ids.ts"

const id = (n: number): PeerId => PeerId.make(`${n.toString(16).padStart(8, "0")}-0000-4000-8000-000000000000`)
const group = (name: string) => GroupId.make(name)

const sight = (of: string | null, leader: number | null, more: Partial<Presence> = {}): Presence => ({
  _tag: "presence",
  group: of === null ? null : group(of),
  term: 1,
  leader: leader === null ? null : id(leader),
  voters: of === null ? [] : [id(9)],
  learners: [],
  seq: 0,
  dissolved: [],
  ...more
})

describe("a node without a group", () => {
  const patience = { listenMs: 300, patienceMs: 1_500 }
  const next = (
    sights: ReadonlyArray<readonly [number, Presence | null]>,
    forMs: number,
    dissolved: ReadonlyArray<string> = []
  ) =>
    Founding.next({
      self: id(2),
      sights: new Map(sights.map(([n, one]) => [id(n), one])),
      dissolved: new Set(dissolved.map(group)),
      forMs
    }, patience)

  it("founds one, once it has listened, if it knows nobody", () => {
    assert.strictEqual(next([], 299)._tag, "wait")
    assert.strictEqual(next([], 300)._tag, "found")
  })

  it("leaves that to a higher node, for a while", () => {
    assert.strictEqual(next([[3, sight(null, null)], [1, sight(null, null)]], 1_499)._tag, "wait")
    assert.strictEqual(next([[3, sight(null, null)]], 1_500)._tag, "found")
    assert.strictEqual(next([[1, sight(null, null)]], 300)._tag, "found")
  })

  it("waits for who has not said yet where it is, and for a group that has no leader at the moment", () => {
    assert.strictEqual(next([[1, null]], 400)._tag, "wait")
    assert.strictEqual(next([[1, sight("a", null)]], 400)._tag, "wait")
    assert.strictEqual(next([[1, sight("a", null)]], 1_500)._tag, "found")
  })

  it("asks the leader of a group at once, of the heaviest if there are several", () => {
    assert.deepStrictEqual(next([[1, sight("a", 1)]], 0), {
      _tag: "ask",
      group: group("a"),
      leader: id(1)
    })
    const two = { voters: [id(5), id(6)] }
    assert.deepStrictEqual(next([[1, sight("b", 1)], [6, sight("a", 5, two)]], 0), {
      _tag: "ask",
      group: group("a"),
      leader: id(5)
    })
  })

  it("believes the leader itself about who leads", () => {
    const step = next([[6, sight("a", 5)], [7, sight("a", 7)], [8, sight("a", 5)]], 0)
    assert.deepStrictEqual(step, { _tag: "ask", group: group("a"), leader: id(7) })
  })

  it("asks nobody to take it into a dissolved group", () => {
    assert.strictEqual(next([[1, sight("a", 1)]], 100, ["a"])._tag, "wait")
  })
})

describe("a group's leader", () => {
  const none = new Map<PeerId, Changes.Absence>()
  const next = (given: {
    readonly voters: ReadonlyArray<number>
    readonly learners?: ReadonlyArray<number>
    readonly asks?: ReadonlyArray<readonly [number, "fresh" | "welcomed" | "learner"]>
    readonly absences?: ReadonlyArray<readonly [number, Changes.Absence["how"], number]>
    readonly behind?: ReadonlyArray<number>
  }) =>
    Changes.next({
      self: id(1),
      voters: given.voters.map(id),
      learners: (given.learners ?? []).map(id),
      asks: new Map((given.asks ?? []).map(([n, stage]) => [id(n), { stage }])),
      absences: given.absences === undefined
        ? none
        : new Map(given.absences.map(([n, how, forMs]) => [id(n), { how, forMs }])),
      hasCaughtUp: (peer) => !(given.behind ?? []).map(id).includes(peer)
    }, 10_000)
  const change = (_tag: "voter" | "learner" | "remove", n: number): Changes.Step => ({
    _tag: "change",
    change: { _tag, node: id(n) }
  })

  it("takes a node in step by step", () => {
    assert.deepStrictEqual(next({ voters: [1], asks: [[2, "fresh"]] }), { _tag: "welcome", peer: id(2) })
    assert.deepStrictEqual(next({ voters: [1], asks: [[2, "welcomed"]] }), change("learner", 2))
    assert.deepStrictEqual(next({ voters: [1], learners: [2], asks: [[2, "learner"]] }), change("voter", 2))
    assert.isNull(next({ voters: [1], learners: [2], asks: [[2, "learner"]], behind: [2] }))
    assert.isNull(next({ voters: [1, 2], asks: [[2, "learner"]] }))
  })

  it("makes no voter of a learner that does not know yet that it is one", () => {
    assert.isNull(next({ voters: [1], learners: [2], asks: [[2, "welcomed"]] }))
  })

  it("takes a member out that has forgotten what it promised, before it is welcomed", () => {
    assert.deepStrictEqual(next({ voters: [1, 2, 3], asks: [[2, "fresh"]] }), change("remove", 2))
    assert.deepStrictEqual(next({ voters: [1, 3], learners: [2], asks: [[2, "fresh"]] }), change("remove", 2))
  })

  it("takes out who said goodbye, however few are left", () => {
    assert.deepStrictEqual(next({ voters: [1, 2, 3], absences: [[3, "left", 0]] }), change("remove", 3))
    assert.deepStrictEqual(next({ voters: [1, 2], absences: [[2, "left", 0]] }), change("remove", 2))
  })

  it("takes out who has vanished, the longest first, as long as three are left", () => {
    const five = { voters: [1, 2, 3, 4, 5] }
    assert.isNull(next({ ...five, absences: [[4, "ended", 9_999]] }))
    assert.deepStrictEqual(
      next({ ...five, absences: [[4, "ended", 10_000], [5, "silent", 12_000]] }),
      change("remove", 5)
    )
    assert.deepStrictEqual(next({ voters: [1, 2, 3, 4], absences: [[4, "ended", 10_000]] }), change("remove", 4))
    assert.isNull(next({ voters: [1, 2, 3], absences: [[3, "ended", 99_000]] }))
    assert.deepStrictEqual(
      next({ voters: [1, 2, 3], learners: [4], absences: [[4, "silent", 10_000]] }),
      change("remove", 4)
    )
  })

  it("of two goes on alone where the other's process has ended, not where it is only silent", () => {
    assert.deepStrictEqual(next({ voters: [1, 2], absences: [[2, "ended", 0]] }), change("remove", 2))
    assert.isNull(next({ voters: [1, 2], absences: [[2, "silent", 99_000]] }))
  })
})

describe("how far a node is in its group", () => {
  const [self, other] = [id(1), id(2)]
  const at = { configurationIndex: 5, commit: 5, welcomedAt: 3 }
  const voters = initial([self, other])
  const learner = { ...initial([other]), learners: [self] }

  it("follows from its log, as far as that is about this life", () => {
    assert.strictEqual(stageOf(self, { ...at, configuration: voters }), "voter")
    assert.strictEqual(stageOf(self, { ...at, configuration: voters, configurationIndex: 3 }), "welcomed")
    assert.strictEqual(stageOf(self, { ...at, configuration: learner }), "learner")
    assert.strictEqual(stageOf(self, { ...at, configuration: initial([other]) }), "welcomed")
  })

  it("is a learner's only once that is committed", () => {
    assert.strictEqual(stageOf(self, { ...at, configuration: learner, commit: 4 }), "welcomed")
  })

  it("is a voter's from the start for who has founded it", () => {
    const founded = { configuration: initial([self]), configurationIndex: 0, commit: 0, welcomedAt: -1 }
    assert.strictEqual(stageOf(self, founded), "voter")
  })
})

describe("two groups that meet", () => {
  const weight = (name: string, voters: number, seq: number): GroupWeight => ({ group: group(name), voters, seq })
  const leads = (n: number, of: string, voters: number, seq: number) =>
    [id(n), sight(of, n, { voters: Array.from({ length: voters }, (_, i) => id(10 + i)), seq })] as const

  it("are weighed by voters, then by the newest event, then by id", () => {
    assert.isTrue(heavier(weight("a", 2, 0), weight("b", 1, 9)))
    assert.isTrue(heavier(weight("a", 1, 9), weight("b", 1, 8)))
    assert.isTrue(heavier(weight("b", 1, 9), weight("a", 1, 9)))
  })

  it("are compared by one of their leaders, whose word goes", () => {
    const small = weight("b", 1, 0)
    assert.deepStrictEqual(Meeting.next(small, new Map([leads(5, "a", 3, 10)]), new Set()), [
      { _tag: "dissolve", into: group("a") }
    ])
    assert.deepStrictEqual(Meeting.next(weight("b", 4, 0), new Map([leads(5, "a", 3, 10)]), new Set()), [
      { _tag: "tell", to: id(5), lighter: weight("a", 3, 10), heavier: weight("b", 4, 0) }
    ])
    assert.isEmpty(Meeting.next(weight("a", 1, 0), new Map([leads(5, "b", 3, 10)]), new Set()))
  })

  it("need not meet where one is dissolved, or is only heard of", () => {
    const sights = new Map([leads(5, "a", 3, 10)])
    assert.isEmpty(Meeting.next(weight("b", 1, 0), sights, new Set([group("a")])))
    const follower = new Map([[id(6), sight("a", 5)]])
    assert.isEmpty(Meeting.next(weight("b", 1, 0), follower, new Set()))
    assert.deepStrictEqual([...Meeting.unreached(group("b"), follower, new Set())], [id(5)])
  })
})
