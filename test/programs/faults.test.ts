import { assert, describe, it } from "vitest"
import * as Faults from "../../src/programs/bench/lan/Faults.ts"

const addressOf = (place: number) => `10.77.0.${place + 1}`
const rules = (faults: Faults.Faults, place: number) =>
  Faults.table(faults, place, addressOf).split("\n").filter((line) => line.startsWith("-A"))

describe("the faults of a LAN", () => {
  it("are none unless told", () => {
    assert.strictEqual(Faults.table(Faults.none, 0, addressOf), "*filter\n:INPUT ACCEPT\nCOMMIT\n")
  })

  it("cut both ways: nobody of one side hears anybody of the other", () => {
    const faults = Faults.split([0, 1], [2, 3])
    assert.deepStrictEqual(rules(faults, 0), ["-A INPUT -s 10.77.0.3 -j DROP", "-A INPUT -s 10.77.0.4 -j DROP"])
    assert.deepStrictEqual(rules(faults, 3), ["-A INPUT -s 10.77.0.1 -j DROP", "-A INPUT -s 10.77.0.2 -j DROP"])
    assert.deepStrictEqual(rules(faults, 4), [])
  })

  it("cut one way: the listeners hear nothing, the speakers everything", () => {
    const faults = Faults.oneWay([0], [1, 2])
    assert.deepStrictEqual(rules(faults, 0), ["-A INPUT -s 10.77.0.2 -j DROP", "-A INPUT -s 10.77.0.3 -j DROP"])
    assert.deepStrictEqual(rules(faults, 1), [])
  })

  it("lose a share of what comes from elsewhere", () => {
    assert.deepStrictEqual(rules(Faults.loss(0.05), 2), [
      "-A INPUT ! -i lo -m statistic --mode random --probability 0.05 -j DROP"
    ])
  })
})
