import { assert, describe, it } from "vitest"
import type { HostChanged, Lost } from "../../src/protocol/Session.ts"
import { bannerOf, goodForMs, lossForMs, type Situation } from "../../src/web/app/play/Banner.ts"
import { isSame } from "../../src/web/app/play/MatchShown.ts"
import { waitingAfterMs } from "../../src/web/app/play/Play.ts"

const calm: Situation = {
  link: "open",
  movingTo: null,
  silentMs: 16,
  host: "Ada",
  waitsFor: null,
  told: true,
  changed: null,
  lost: null
}

const change = (of: Partial<HostChanged>): Situation["changed"] => ({
  atMs: 0,
  notice: {
    _tag: "host-changed",
    epoch: 2,
    cause: "crash",
    from: { peerId: "a", name: "Ada" },
    to: { peerId: "b", name: "Bo", self: false },
    interregnumMs: 18,
    nothingLost: true,
    ...of
  } as HostChanged
})

const loss = (of: Partial<Lost> = {}): Situation["lost"] => ({
  atMs: 0,
  notice: {
    _tag: "lost",
    epoch: 3,
    ticks: 300,
    tickRate: 60,
    scores: [{ name: "Ada", before: 3, after: 1 }, { name: "Bo", before: 2, after: 2 }],
    ...of
  } as Lost
})

const say = (situation: Partial<Situation>, nowMs = 1): string | null => {
  const banner = bannerOf({ ...calm, ...situation }, nowMs)
  return banner === null ? null : [banner.title, banner.detail].filter((text) => text !== null).join(" ")
}

describe("the banner", () => {
  it("says for what everybody waits, whoever hosts", () => {
    const words = "The message broker is away. Everybody waits for it… Nothing is lost. Play goes on when it is back."
    assert.strictEqual(say({ waitsFor: "nats://10.0.0.1:4222", silentMs: 5_000 }), words)
    assert.strictEqual(say({ waitsFor: "nats://10.0.0.1:4222" }), words)
  })

  it("says nothing while all is well, and before the first view", () => {
    assert.isNull(say({}))
    assert.isNull(say({ silentMs: waitingAfterMs }))
    assert.isNull(say({ silentMs: null, host: null }))
  })

  it("says that the host is gone when there is none, or when no view comes", () => {
    assert.match(say({ host: null })!, /^The host is gone\. Finding another…/)
    assert.match(say({ silentMs: waitingAfterMs + 1 })!, /^Waiting for Ada…/)
    assert.match(say({ silentMs: waitingAfterMs + 1, host: null })!, /^The host is gone/)
  })

  it("says who went and who hosts, and that nothing was lost only where that was checked", () => {
    assert.strictEqual(say({ changed: change({}) }), "Ada's machine went away. Bo's hosts now. Nothing was lost.")
    assert.strictEqual(
      say({ changed: change({ nothingLost: false }) }),
      "Ada's machine went away. Bo's hosts now."
    )
    assert.strictEqual(
      say({ changed: change({ cause: "silence", to: { ...change({})!.notice.to, self: true } }) }),
      "Ada's machine fell silent. This machine hosts now. Nothing was lost."
    )
    assert.strictEqual(
      say({ changed: change({ cause: "handover" }) }),
      "Bo hosts now — handed over without a break."
    )
    assert.strictEqual(
      say({ changed: change({ from: null }) }),
      "The host went away. Bo's hosts now. Nothing was lost."
    )
    assert.isNull(say({ changed: change({ cause: "start" }) }))
  })

  it("tells what a healed split took, with the scores that changed", () => {
    const banner = bannerOf({ ...calm, changed: change({ cause: "heal" }), lost: loss() }, 1)!
    assert.strictEqual(banner.kind, "loss")
    assert.strictEqual(banner.detail, "What was played here in the last 5 seconds is gone.")
    assert.deepStrictEqual(banner.scores.map(({ name }) => name), ["Ada"])
    assert.match(bannerOf({ ...calm, lost: loss({ ticks: 20 }) }, 1)!.detail!, /less than a second/)
    assert.isNull(bannerOf({ ...calm, lost: loss({ ticks: 0 }) }, 1)!.detail)
  })

  it("goes after a while", () => {
    assert.isNotNull(say({ changed: change({}) }, goodForMs - 1))
    assert.isNull(say({ changed: change({}) }, goodForMs))
    assert.isNull(say({ lost: loss() }, lossForMs))
  })

  it("puts what stands still now before what has been", () => {
    assert.match(say({ host: null, changed: change({}), lost: loss() })!, /^The host is gone/)
    assert.match(say({ link: "lost", host: null })!, /^The connection to this node is gone/)
    assert.match(say({ link: "moving", movingTo: "Bo" })!, /Moving to Bo…/)
    assert.match(say({ link: "stale" })!, /started anew/)
  })

  it("is shown anew only when it says something else", () => {
    const situation = { ...calm, changed: change({}) }
    assert.isTrue(isSame(bannerOf(situation, 1), bannerOf(situation, 500)))
    assert.isFalse(isSame(bannerOf(situation, 1), null))
    const lost = { ...calm, lost: loss() }
    assert.isTrue(isSame(bannerOf(lost, 1), bannerOf(lost, 2)))
  })
})
