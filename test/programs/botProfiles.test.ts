import { Schema } from "effect"
import { assert, test } from "vitest"
import * as BotProfiles from "../../src/programs/BotProfiles.ts"
import { PeerId, Profile } from "../../src/protocol/Ids.ts"

const node = (n: number): PeerId => PeerId.make(`${n.toString(16).padStart(8, "0")}-0000-4000-8000-000000000000`)

/** The bots of a node, beside others. */
const bots = (id: PeerId, count: number, beside: ReadonlyArray<Profile> = []): ReadonlyArray<Profile> => {
  const profiles: Array<Profile> = []
  for (let i = 0; i < count; i++) profiles.push(BotProfiles.choose(id, [...beside, ...profiles]))
  return profiles
}

test("bots that see each other differ in name and colour, at one node and at several", () => {
  for (let n = 0; n < 200; n++) {
    const own = bots(node(n), 8)
    const all = [...own, ...bots(node(n + 1000), 8, own)]
    assert.equal(new Set(all.map((profile) => profile.name)).size, 16)
    assert.equal(new Set(all.map((profile) => profile.color)).size, 16)
    assert.isTrue(all.every(Schema.is(Profile)))
  }
})

test("first bots of nodes that do not see each other seldom have one name", () => {
  const names = Array.from({ length: 640 }, (_, n) => BotProfiles.choose(node(n * 7919), []).name)
  const most = Math.max(...Array.from(new Set(names), (name) => names.filter((one) => one === name).length))
  // Evenly spread over 64 names it would be 10.
  assert.isBelow(most, 30)
  assert.isAbove(new Set(names).size, 55)
})

test("more bots than there are names and colours still have some", () => {
  assert.isTrue(bots(node(1), 100).every(Schema.is(Profile)))
})
