import { assert, describe, test } from "vitest"
import * as Ink from "../../src/programs/Ink.ts"
import * as Table from "../../src/programs/Table.ts"

interface Row {
  readonly name: string
  readonly score: number
}

const columns: ReadonlyArray<Table.Column<Row>> = [
  { title: "name", cell: (row) => row.name },
  { title: "score", cell: (row) => String(row.score), align: "right" }
]

describe("a table", () => {
  test("has columns as wide as their widest cell, numbers to the right", () => {
    assert.deepEqual(
      Table.format(columns, [{ name: "Ada", score: 7 }, { name: "Bartholomew", score: 1234567 }], Ink.plain),
      [
        "  name           score",
        "  Ada                7",
        "  Bartholomew  1234567"
      ]
    )
  })

  test("without rows is nothing", () => {
    assert.deepEqual(Table.format(columns, [], Ink.plain), [])
  })

  test("counts wide signs as two and marks as none", () => {
    assert.equal(Table.width("Zoë"), 3)
    assert.equal(Table.width("Zoe\u0308"), 3)
    assert.equal(Table.width("日本"), 4)
    assert.equal(Table.width("🙂"), 2)
    const lines = Table.format(columns, [{ name: "日本", score: 1 }, { name: "abcd", score: 2 }], Ink.plain)
    assert.deepEqual(lines.map(Table.width), [13, 13, 13])
  })

  test("does not let what others are called move the cursor", () => {
    const [, line] = Table.format(columns, [{ name: "\u001b[2Jgone\n", score: 1 }], Ink.plain)
    assert.equal(line, "  ?[2Jgone?      1")
  })

  test("is emphasised without being widened", () => {
    const inked = Table.format([{ ...columns[0]!, ink: () => Ink.colored.bad }, columns[1]!], [{
      name: "Ada",
      score: 1
    }], Ink.colored)
    // oxlint-disable-next-line no-control-regex -- it is these that are taken out
    assert.deepEqual(inked.map((line) => line.replace(/\u001b\[\d+m/g, "")), ["  name  score", "  Ada       1"])
    assert.include(inked[1]!, "\u001b[31mAda \u001b[39m")
  })
})
