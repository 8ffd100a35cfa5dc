/**
 * The election under random faults: what must hold after every step does, and once the faults are over, one node hosts
 * and all follow it.
 */
import { assert, describe, it } from "vitest"
import { fc } from "../setup/chance.ts"
import { often } from "../setup/often.ts"
import { scenario } from "./bully/scenarios.ts"
import { type Scenario, Simulation } from "./bully/Simulation.ts"

/** From the last fault until one hosts and all follow: links that were given up are dialled again after 1 s. */
const settledWithinMs = 6_000
/** For so long nothing changes any more; with preemption the highest has taken over by then. */
const calmForMs = 6_000

/** Plays a scenario; fails where it breaks an invariant, or does not come to rest. */
const play = (scenario: Scenario): Simulation => {
  const simulation = new Simulation(scenario)
  if (scenario.quorum) simulation.run(6_000)
  simulation.play()
  simulation.run(settledWithinMs)
  assert.isNull(simulation.unsettled(), simulation.describe())
  return simulation
}

const runs = Number(process.env["BULLY_RUNS"] ?? often(200, 1_000))

describe("bully", () => {
  for (const preempt of [true, false]) {
    it(`settles on one host after any faults, ${preempt ? "with" : "without"} preemption`, () => {
      fc.assert(
        fc.property(scenario({ preempt, quorum: false, startMsMax: 600, fresh: true }), (scenario) => {
          const simulation = play(scenario)
          const reign = simulation.living.find((process) => process.hosts)!.state.accepted!
          simulation.run(calmForMs)
          assert.isNull(simulation.unsettled(), simulation.describe())
          const later = simulation.living.find((process) => process.hosts)!.state.accepted!
          if (preempt) assert.strictEqual(later.host, simulation.living.map((process) => process.id).sort().at(-1))
          else assert.deepStrictEqual(later, reign)
        }),
        { numRuns: runs }
      )
    }, 3_600_000)

    it(`with a quorum loses nothing that a majority held, ${preempt ? "with" : "without"} preemption`, () => {
      fc.assert(
        fc.property(scenario({ preempt, quorum: true, startMsMax: 100, fresh: false }), (scenario) => {
          const simulation = play(scenario)
          const before = simulation.committed!.seq
          simulation.run(1_000)
          assert.isAbove(simulation.committed!.seq, before, "a host with a majority goes on")
        }),
        { numRuns: runs }
      )
    }, 3_600_000)
  }
})
