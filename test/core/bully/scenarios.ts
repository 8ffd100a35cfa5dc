/** Random scenarios for the simulation. */
import { fc } from "../../setup/chance.ts"
import type { Fault, Scenario } from "./Simulation.ts"

const place = fc.nat(4)

const faults = (kept: fc.Arbitrary<boolean>): fc.Arbitrary<Fault> =>
  fc.oneof(
    fc.record({ _tag: fc.constant("crash" as const), node: place }),
    fc.record({ _tag: fc.constant("restart" as const), node: place, kept, id: fc.nat(49).map((n) => 2 * n + 1) }),
    fc.record({ _tag: fc.constant("leave" as const), node: place }),
    fc.record({ _tag: fc.constant("cut" as const), from: place, to: place, bothWays: fc.boolean() }),
    fc.record({ _tag: fc.constant("heal" as const), a: place, b: place }),
    fc.record({ _tag: fc.constant("split" as const), mask: fc.integer({ min: 1, max: 15 }) }),
    fc.record({ _tag: fc.constant("heal-all" as const) }),
    fc.record({ _tag: fc.constant("sleep" as const), node: place, ms: fc.integer({ min: 20, max: 1_500 }) }),
    fc.record({ _tag: fc.constant("mute" as const), from: place, to: place, ms: fc.integer({ min: 100, max: 900 }) }),
    fc.record({ _tag: fc.constant("hand-over" as const), from: place, to: place })
  )

/** Mostly in quick succession, so that one fault meets the answer to another. */
const pause = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 30 }) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 400 }) },
  { weight: 2, arbitrary: fc.integer({ min: 400, max: 1_500 }) }
)

export const scenario = (
  options: { readonly preempt: boolean; readonly quorum: boolean; readonly startMsMax: number; readonly fresh: boolean }
): fc.Arbitrary<Scenario> =>
  fc.record({
    preempt: fc.constant(options.preempt),
    quorum: fc.constant(options.quorum),
    seed: fc.integer({ min: 1, max: 0x7fffffff }),
    latencyMs: fc.constantFrom(0.2, 1, 5, 20),
    jitterMs: fc.constantFrom(0, 1, 10),
    nodes: fc.uniqueArray(
      fc.record({
        id: fc.nat(49).map((n) => 2 * n + 2),
        seated: fc.boolean(),
        startMs: fc.integer({ min: 0, max: options.startMsMax })
      }),
      { minLength: 2, maxLength: 5, selector: (node) => node.id }
    ),
    faults: fc.array(
      fc.record({ afterMs: pause, fault: faults(options.fresh ? fc.boolean() : fc.constant(true)) }),
      { maxLength: 14, size: "max" }
    )
  })
