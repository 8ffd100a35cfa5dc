/** How far a host's followers hold its rooms' logs. */
import { assert, describe, it } from "vitest"
import { RoomStore } from "../../../src/core/RoomStore.ts"
import { Followers } from "../../../src/core/sync/Followers.ts"
import type { PeerId, RoomId, Seq } from "../../../src/protocol/Ids.ts"
import { reignOf, room, rules } from "../logs.ts"

const [self, b, c, d] = [1, 2, 3, 4].map((n) => reignOf(1, n).host) as [PeerId, PeerId, PeerId, PeerId]
const seq = (n: number) => n as Seq
const other = "other" as RoomId
const following = (followers: Followers, held: ReadonlyArray<readonly [PeerId, number]>): Followers => {
  for (const [peer, n] of held) {
    followers.add(peer)
    followers.holds(peer, room, seq(n))
  }
  return followers
}

describe("screens of the host", () => {
  it("see nothing while a live peer that was asked may still follow, for a second at most", () => {
    const followers = new Followers(null)
    assert.strictEqual(followers.shownSeq(room, seq(9), 0), seq(9), "alone")
    followers.expect(b, 0)
    followers.expect(b, 900)
    assert.strictEqual(followers.shownSeq(room, seq(9), 999), seq(0))
    assert.strictEqual(followers.shownSeq(room, seq(9), 1_000), seq(9))
    followers.expect(c, 1_000)
    followers.remove(c)
    assert.strictEqual(followers.shownSeq(room, seq(9), 1_001), seq(9), "it is gone")
  })

  it("see what a follower holds", () => {
    const followers = following(new Followers(null), [[b, 5], [c, 7]])
    assert.strictEqual(followers.shownSeq(room, seq(9), 0), seq(7))
    assert.strictEqual(followers.shownSeq(other, seq(9), 0), seq(0))
  })

  it("see with a quorum what a majority holds, whoever may still follow", () => {
    const followers = following(new Followers({ members: [self, b, c], self }), [[b, 5]])
    followers.expect(c, 0)
    assert.strictEqual(followers.shownSeq(room, seq(9), 0), seq(5))
  })
})

describe("screens of a follower", () => {
  it("see all that it holds, and with a quorum what a majority does", () => {
    assert.strictEqual(following(new Followers(null), [[b, 5]]).shownThere(room, seq(9), 0), seq(9))
    const quorum = new Followers({ members: [self, b, c], self })
    assert.strictEqual(following(quorum, [[b, 5]]).shownThere(room, seq(9), 0), seq(5))
  })
})

describe("a host", () => {
  it("takes no follower's word back, and none of those who do not follow", () => {
    const followers = following(new Followers(null), [[b, 7]])
    followers.holds(b, room, seq(3))
    followers.holds(c, room, seq(8))
    assert.deepStrictEqual(followers.lag(room, seq(9)), new Map([[b, 2]]))
    assert.isTrue(followers.has(b))
    assert.isFalse(followers.has(c))
  })

  it("knows who holds all that was shown before its reign", () => {
    const followers = following(new Followers(null), [[b, 5], [c, 4], [d, 9]])
    followers.holds(b, other, seq(2))
    followers.holds(c, other, seq(2))
    followers.began(room, seq(5))
    followers.began(other, seq(2))
    assert.deepStrictEqual(followers.holders, [b])
  })

  it("hands over to none that lacks more than a second of events, in any room", () => {
    const store = new RoomStore(rules)
    store.append(room, { _tag: "opened", seq: seq(1), room, seed: 1 }, reignOf(1))
    store.append(other, { _tag: "opened", seq: seq(1), room: other, seed: 1 }, reignOf(1))
    for (let n = 2; n <= 70; n++) store.append(room, { _tag: "tick", seq: seq(n), inputs: [] }, reignOf(1))
    const followers = following(new Followers(null), [[b, 10], [c, 9], [d, 70]])
    assert.deepStrictEqual(followers.inStep(store), [b, d])
  })
})
