/** How a new host brings all logs to the same end. */
import { assert, describe, it } from "vitest"
import { compareHeads } from "../../../src/core/Room.ts"
import * as Sync from "../../../src/core/sync/Sync.ts"
import type { Head } from "../../../src/protocol/Event.ts"
import type { PeerId, RoomId } from "../../../src/protocol/Ids.ts"
import { fc } from "../../setup/chance.ts"

const id = (n: number) => `0000000${n}-0000-4000-8000-000000000000` as PeerId
const [a, b, c, d, e] = [id(1), id(2), id(3), id(4), id(5)]
const main = "main" as RoomId
const side = "side" as RoomId
const head = (epoch: number, seq: number, room = main): Head =>
  ({ room, seq, reign: { epoch, host: id(1 + epoch % 5) } }) as Head

/** A's sync, driven by hand; what can never be so is looked for after every step. */
class Host {
  state: Sync.State
  nowMs = 0
  readonly health = new Map<PeerId, { readonly state: "up" | "suspect" }>()
  readonly heads = new Map<RoomId, Head>()

  constructor(
    up: ReadonlyArray<PeerId>,
    own: ReadonlyArray<Head> = [],
    { deposed = null, forgot = false, members }: {
      readonly members?: ReadonlyArray<PeerId>
      readonly deposed?: PeerId | null
      readonly forgot?: boolean
    } = {}
  ) {
    this.state = Sync.initial({
      self: a,
      quorum: members === undefined ? null : { members, self: a },
      deposed,
      sinceMs: 0,
      forgot
    })
    for (const peer of up) this.health.set(peer, { state: "up" })
    for (const one of own) this.heads.set(one.room, one)
  }

  step(input: Sync.Input): ReadonlyArray<Sync.Output> {
    const { nowMs, health, heads } = this
    const { outputs, state } = Sync.step(this.state, input, { nowMs, health, head: (room) => heads.get(room) })
    this.state = state
    assert.deepStrictEqual(Sync.invariants(state), [])
    return outputs
  }

  accepted(whole = false) {
    return this.step({ _tag: "accepted", whole })
  }

  answered(from: PeerId, heads: ReadonlyArray<Head>, forgot = false) {
    return this.step({ _tag: "answered", from, heads, forgot })
  }

  /** The room has come, and is folded. */
  taken(one: Head) {
    this.heads.set(one.room, one)
    return this.step({ _tag: "taken" })
  }

  gone(peer: PeerId, state: "suspect" | "down") {
    if (state === "down") this.health.delete(peer)
    else this.health.set(peer, { state })
    return this.step({ _tag: "gone", peer })
  }
}

const nothing: ReadonlyArray<Sync.Output> = []
const begin: ReadonlyArray<Sync.Output> = [{ _tag: "begin" }]
const ask = (...peers: ReadonlyArray<PeerId>): ReadonlyArray<Sync.Output> => [{ _tag: "ask", peers }]
const fetch = (peer: PeerId, room = main): ReadonlyArray<Sync.Output> => [{ _tag: "fetch", peer, room }]

describe("a new host asks", () => {
  it("every live peer, and again whoever has not answered", () => {
    const host = new Host([b, c])
    assert.deepStrictEqual(host.step({ _tag: "ask" }), ask(b, c))
    host.answered(b, [])
    assert.deepStrictEqual(host.step({ _tag: "ask" }), ask(c))
    assert.deepStrictEqual(host.step({ _tag: "there", peer: d }), ask(d))
  })

  it("a suspected peer too, but not for long, and not the host that fell silent", () => {
    const host = new Host([b], [], { deposed: c })
    host.health.set(c, { state: "suspect" }).set(d, { state: "suspect" })
    assert.deepStrictEqual(host.step({ _tag: "ask" }), ask(b, d))
    host.nowMs = Sync.suspectsAskedMs
    assert.deepStrictEqual(host.step({ _tag: "ask" }), ask(b))
  })

  it("the host that it deposes, too, where that can be reached", () => {
    assert.deepStrictEqual(new Host([b, c], [], { deposed: c }).step({ _tag: "ask" }), ask(b, c))
  })
})

describe("it goes on", () => {
  it("at once where there is nobody to ask", () => assert.deepStrictEqual(new Host([]).accepted(), begin))

  it("when every live peer has answered and nobody's log is ahead", () => {
    const host = new Host([b, c], [head(6, 88)])
    assert.deepStrictEqual(host.accepted(), nothing)
    assert.deepStrictEqual(host.answered(b, [head(6, 88)]), nothing)
    assert.deepStrictEqual(host.answered(c, []), begin)
  })

  it("not before its reign has begun, and then with the answers that are there", () => {
    const host = new Host([b], [head(6, 88)])
    assert.deepStrictEqual(host.answered(b, [head(6, 90)]), nothing)
    assert.deepStrictEqual(host.accepted(), fetch(b))
  })

  it("without any answer where nobody's log goes before its own", () => {
    assert.deepStrictEqual(new Host([b, c], [head(6, 88)]).accepted(true), begin)
  })

  it("without a peer that is found down, or was only suspected for too long", () => {
    const host = new Host([b, c, d])
    host.accepted()
    host.answered(b, [])
    assert.deepStrictEqual(host.gone(c, "down"), nothing)
    assert.deepStrictEqual(host.gone(d, "suspect"), nothing, "it may hold what nobody else does")
    host.nowMs = Sync.suspectsAskedMs
    assert.deepStrictEqual(host.step({ _tag: "ask" }), begin)
  })

  it("once only; who answers later follows from its heads on", () => {
    const host = new Host([b])
    host.accepted()
    assert.deepStrictEqual(host.answered(b, []), begin)
    assert.deepStrictEqual(host.accepted(), nothing)
    assert.deepStrictEqual(host.step({ _tag: "taken" }), nothing)
    const late = [head(5, 7)]
    assert.deepStrictEqual(host.answered(c, late), [{ _tag: "follow", peer: c, heads: late }])
    host.gone(c, "down")
    assert.deepStrictEqual([...host.state.answers.keys()], [b])
  })

  it("after a handover that came to nothing, and orders nothing while it hands over", () => {
    const host = new Host([])
    host.accepted()
    host.step({ _tag: "suspended" })
    assert.notStrictEqual(host.state.stage, "over")
    host.step({ _tag: "resumed" })
    assert.strictEqual(host.state.stage, "over")
  })
})

describe("the log that it goes on from", () => {
  it("is the one of the highest reign, and of those the longest", () => {
    const host = new Host([b, c], [head(6, 88)])
    host.accepted()
    host.answered(b, [head(6, 90)])
    assert.deepStrictEqual(host.answered(c, [head(5, 120)]), fetch(b))
    assert.deepStrictEqual(host.taken(head(6, 90)), begin)
  })

  it("is found room by room", () => {
    const host = new Host([b, c], [head(6, 88)])
    host.accepted()
    host.answered(b, [head(6, 89), head(4, 5, side)])
    assert.deepStrictEqual(host.answered(c, [head(6, 88), head(4, 6, side)]), fetch(b, main))
    assert.deepStrictEqual(host.taken(head(6, 89)), fetch(c, side))
    assert.deepStrictEqual(host.taken(head(4, 6, side)), begin)
  })

  it("is the next one's where its holder is gone by then", () => {
    const host = new Host([b, c], [head(6, 1)])
    host.accepted()
    host.answered(b, [head(6, 2)])
    assert.deepStrictEqual(host.answered(c, [head(6, 3)]), fetch(c))
    assert.deepStrictEqual(host.gone(c, "down"), fetch(b))
    assert.deepStrictEqual(host.gone(b, "down"), begin)
  })

  it("is not one that the game does not take; its holder is asked again", () => {
    const host = new Host([b], [head(6, 1)])
    host.accepted()
    assert.deepStrictEqual(host.answered(b, [head(6, 2)]), fetch(b))
    assert.deepStrictEqual(host.step({ _tag: "unusable", from: b }), nothing)
    assert.deepStrictEqual(host.step({ _tag: "ask" }), ask(b))
    assert.deepStrictEqual(host.answered(b, [head(6, 1)]), begin)
  })
})

describe("with a quorum it goes on", () => {
  const members = [a, b, c, d, e]
  it("when it has heard so many that one of them is in every majority", () => {
    const host = new Host([b], [], { members })
    host.accepted()
    assert.deepStrictEqual(host.answered(b, []), nothing, "two of five")
    assert.deepStrictEqual(host.answered(c, []), begin)
  })

  it("not on the word of those who forgot", () => {
    const host = new Host([b, c, d, e], [], { members })
    host.accepted()
    host.answered(b, [], true)
    host.answered(c, [], true)
    assert.deepStrictEqual(host.gone(e, "down"), nothing)
    assert.deepStrictEqual(host.answered(d, []), nothing, "two of five know what they held")
    assert.deepStrictEqual(host.answered(e, []), begin)
  })

  it("when all have spoken, whatever they forgot", () => {
    const host = new Host([b, c], [], { members: [a, b, c], forgot: true })
    host.accepted()
    assert.deepStrictEqual(host.answered(b, [], true), nothing)
    assert.deepStrictEqual(host.answered(c, [], true), begin)
  })

  it("without waiting for strangers, nor from their logs", () => {
    const host = new Host([b, d], [head(6, 1)], { members: [a, b, c] })
    host.accepted()
    host.answered(d, [head(9, 9)])
    assert.deepStrictEqual(host.answered(b, [head(6, 1)]), begin)
  })

  it("from a stranger's log where all members have forgotten theirs", () => {
    const host = new Host([b, d], [], { members: [a, b], forgot: true })
    host.accepted()
    host.answered(d, [head(9, 9)])
    assert.deepStrictEqual(host.answered(b, [], true), fetch(d))
  })
})

describe("in any order of things", () => {
  const anyHead = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 4 })).map(([epoch, seq]) =>
    head(epoch, seq)
  )
  const world = fc.record({
    heads: fc.array(fc.option(anyHead), { minLength: 5, maxLength: 5 }),
    forgot: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
    quorum: fc.boolean(),
    steps: fc.array(
      fc.tuple(
        fc.constantFrom("answer", "answer", "answer", "fetched", "fetched", "down", "down", "suspect", "back", "time"),
        fc.integer({ min: 1, max: 4 })
      ),
      { minLength: 10, maxLength: 40 }
    )
  })
  const everyone = [a, b, c, d, e]

  /** Plays it; afterwards all are up, and answer whatever they are asked. */
  const play = ({ forgot, heads, quorum, steps }: typeof world extends fc.Arbitrary<infer W> ? W : never) => {
    const held = everyone.map((_, i) => quorum && forgot[i] ? null : heads[i] ?? null)
    const host = new Host(everyone.slice(1), held[0] ? [held[0]] : [], {
      ...(quorum ? { members: everyone } : {}),
      forgot: quorum && forgot[0]!
    })
    host.step({ _tag: "ask" })
    let times = 0
    const began = () => times
    const see = (next: ReadonlyArray<Sync.Output>) => {
      for (const output of next) {
        if (output._tag === "begin") times++
        if (output._tag === "fetch") assert.strictEqual(host.health.get(output.peer)?.state, "up")
      }
    }
    const answer = (i: number) => see(host.answered(everyone[i]!, held[i] ? [held[i]] : [], quorum && forgot[i]!))
    const fetched = () => {
      const from = host.state.fetching
      if (from !== null) see(host.taken(held[everyone.indexOf(from.peer)]!))
    }
    see(host.accepted())
    for (const [what, i] of steps) {
      const peer = everyone[i]!
      if (what === "answer") answer(i)
      else if (what === "down" || what === "suspect") see(host.gone(peer, what))
      else if (what === "back") {
        host.health.set(peer, { state: "up" })
        see(host.step({ _tag: "there", peer }))
      } else if (what === "time") {
        host.nowMs += 200
        see(host.step({ _tag: "ask" }))
      } else fetched()
      if (began() > 0) break
    }
    const early = began() > 0
    for (const peer of everyone.slice(1)) host.health.set(peer, { state: "up" })
    for (let turn = 0; turn < 12 && began() === 0; turn++) {
      see(host.step({ _tag: "ask" }))
      for (let i = 1; i < 5; i++) if (!host.state.answers.has(everyone[i]!)) answer(i)
      fetched()
    }
    return { host, held, began: began(), early }
  }

  it("it goes on in the end, once, and nobody who answered is further", () => {
    fc.assert(
      fc.property(world, (given) => {
        const { began, held, host } = play(given)
        assert.strictEqual(began, 1)
        const own = host.heads.get(main)
        for (const peer of host.state.answers.keys()) {
          const theirs = held[everyone.indexOf(peer)]
          if (theirs) assert.isTrue(own !== undefined && compareHeads(own, theirs) >= 0)
        }
      }),
      { numRuns: 500 }
    )
  })

  it("with a quorum nothing is lost that a majority held, unless it has asked all and they forgot", () => {
    let early = 0
    fc.assert(
      fc.property(world, (given) => {
        const { early: isEarly, host } = play({ ...given, quorum: true })
        const heard = everyone.filter((peer) => peer === a || host.state.answers.has(peer))
        if (heard.length === 5) return
        if (isEarly) early++
        const all = given.heads.map((one) => one ?? head(0, 0)).sort((x, y) => compareHeads(y, x))
        const byMajority = all[2]!
        const own = host.heads.get(main) ?? head(0, 0)
        assert.isTrue(compareHeads(own, byMajority) >= 0)
      }),
      { numRuns: 2_000 }
    )
    assert.isAbove(early, 20, "it often went on without all of them")
  })
})
