/** Simulations of whole clusters: the same again, everything that can go wrong, and what is left of a finding. */
import { assert, describe, it } from "vitest"
import { Gather, Pong } from "../../src/games/index.ts"
import { type FaultKind, faultKinds } from "../../src/simulation/faults/Fault.ts"
import * as Shrinker from "../../src/simulation/Shrinker.ts"
import * as Simulation from "../../src/simulation/Simulation.ts"
import * as TimeSpaceDiagram from "../../src/simulation/TimeSpaceDiagram.ts"
import { often } from "../setup/often.ts"
import { divergent } from "./divergent.ts"

const settings = (change: Partial<Simulation.Settings> = {}): Simulation.Settings => ({
  ...Simulation.defaults,
  seed: 1n,
  nodes: 3,
  durationMs: often(5_000, 10_000),
  game: Gather,
  ...change
})

/** Three servers and four players who are no nodes. */
const cluster = { players: 4, transport: "udp" } as const

const linesOf = (given: Simulation.Settings): ReadonlyArray<string> => {
  const lines: Array<string> = []
  Simulation.run(given, { kept: 0, write: (line) => void lines.push(line) })
  return lines
}

describe("a simulation", () => {
  it("is the same for the same seed, to the byte, and another for another", { timeout: 30_000 }, () => {
    const [first, again, other] = [settings(), settings(), settings({ seed: 2n })].map(linesOf)
    assert.isAbove(first!.length, 1_000)
    assert.deepStrictEqual(again, first)
    assert.notDeepEqual(other, first)
  })

  it("is the same whether it is written down or not", { timeout: 30_000 }, () => {
    const silent = Simulation.run(settings())
    assert.strictEqual(Simulation.run(settings()).fingerprint, silent.fingerprint)
  })

  it("lets every kind of fault happen that it was asked for", { timeout: 60_000 }, () => {
    const { fired, violation } = Simulation.run(
      settings({ every: true, durationMs: often(25_000, 40_000), nodes: 4, seed: 3n })
    )
    assert.isNull(violation)
    for (const kind of faultKinds) assert.isAbove(fired.get(kind) ?? 0, 0, kind)
  })

  for (const kind of faultKinds) {
    it(`keeps all promises under ${kind}`, { timeout: 60_000 }, () => {
      const { fired, violation } = Simulation.run(settings({ kinds: [kind], every: true, seed: 7n }))
      assert.isNull(violation)
      assert.isAbove(fired.get(kind) ?? 0, 0)
    })
  }

  for (const nodes of often([2, 5], [2, 3, 5, 9])) {
    for (const mode of ["safety", "liveness"] as const) {
      for (const quorum of [false, true]) {
        const name = `keeps all promises of ${nodes} nodes in ${mode} mode${quorum ? " with a quorum" : ""}`
        it(name, { timeout: 60_000 }, () => {
          for (const seed of often([quorum ? 31n : 32n], [31n, 32n])) {
            const { violation } = Simulation.run(settings({ nodes, mode, quorum, preempt: seed === 31n, seed }))
            assert.isNull(violation, `seed ${seed}`)
          }
        })
      }
    }
  }

  for (const nodes of often([3], [2, 3, 5])) {
    for (const mode of ["safety", "liveness"] as const) {
      it(`keeps all promises of ${nodes} nodes whose hosts are elected by Raft, in ${mode} mode`, {
        timeout: 120_000
      }, () => {
        for (const seed of often([31n], [31n, 32n])) {
          const { violation } = Simulation.run(settings({ nodes, mode, election: "raft", seed }))
          assert.isNull(violation, `seed ${seed}`)
        }
      })
    }
  }

  for (const game of [Gather, Pong]) {
    for (const quorum of [false, true]) {
      const name = `keeps all promises of servers and thin clients that play ${game.name}${
        quorum ? " with a quorum" : ""
      }`
      it(name, { timeout: 120_000 }, () => {
        for (const seed of often([31n], [31n, 32n, 33n])) {
          const { violation } = Simulation.run(settings({ ...cluster, game, quorum, seed }))
          assert.isNull(violation, `seed ${seed}`)
        }
      })
    }
  }

  it("keeps all promises of nodes that talk over UDP", { timeout: 120_000 }, () => {
    for (const seed of often([31n], [31n, 32n, 33n])) {
      assert.isNull(Simulation.run(settings({ transport: "udp", seed })).violation, `seed ${seed}`)
    }
  })

  it("plays matches to their end, and again", { timeout: 120_000 }, () => {
    const room = { ...Pong.match!.defaults, seats: 4, points: 1 }
    const stages = new Set<string>()
    const write = (line: string): void => {
      const found = /"stage":"(\w+)","round":(\d+)/.exec(line)
      if (found !== null) stages.add(`${found[1]} ${found[2]}`)
    }
    const given = settings({ ...cluster, game: Pong, room, kinds: [], every: true, durationMs: 20_000 })
    assert.isNull(Simulation.run(given, { kept: 0, write }).violation)
    for (const stage of ["lobby 0", "countdown 1", "playing 1", "over 1", "playing 2"]) {
      assert.include([...stages], stage)
    }
  })

  it("leaves out what it is told to", { timeout: 30_000 }, () => {
    const { plan } = Simulation.run(settings())
    const some = plan.filter(({ index }) => index % 2 === 0)
    const only = some.map(({ index }) => index)
    assert.deepStrictEqual(Simulation.run(settings({ only })).plan, some)
  })
})

describe("a finding", () => {
  const kinds: ReadonlyArray<FaultKind> = ["crash", "clock-step", "duplication", "latency"]
  const broken = settings({ game: divergent(), kinds, every: true, durationMs: 20_000, mode: "safety" })

  it("names the promise; its plan shrinks to what is needed", { timeout: 120_000 }, () => {
    const outcome = Simulation.run(broken)
    assert.strictEqual(outcome.violation?.promise, "4")
    const { needed, runs } = Shrinker.shrink(broken, outcome, 60)
    assert.isAtMost(runs, 60)
    // A player must have gone.
    assert.lengthOf(needed, 1)
    assert.strictEqual(needed[0]!.fault.kind, "crash")
    const again = Simulation.run({ ...broken, only: needed.map(({ index }) => index) })
    assert.strictEqual(again.violation?.promise, "4")
  })

  it("is drawn as a diagram of its last messages", { timeout: 30_000 }, () => {
    const { trace } = Simulation.run(broken, { kept: 5_000, write: null })
    const diagram = TimeSpaceDiagram.draw(trace.entries(), 40).split("\n")
    assert.isAtMost(diagram.length, 41)
    assert.match(diagram[0]!, /^( +[A-C]\d+){2,3} *$/)
    assert.isTrue(diagram.some((line) => /○─*▶|◀─*○/.test(line)), diagram.join("\n"))
  })
})
