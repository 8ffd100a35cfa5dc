/** The report of `hostless bench lan`, for people. */
import * as Figures from "../Figures.ts"
import type { Finding } from "./Finding.ts"

export interface Report {
  readonly nodes: number
  readonly quorum: boolean
  readonly findings: ReadonlyArray<Finding>
}

const times = (findings: ReadonlyArray<Finding>): ReadonlyArray<ReadonlyArray<string>> =>
  findings.flatMap(({ distributions, scenario }) =>
    Object.entries(distributions).map(([name, measured]) =>
      Figures.row(`${scenario}: ${name.replace(/Ms$/, "")}`, measured)
    )
  )

const goals = (findings: ReadonlyArray<Finding>): ReadonlyArray<ReadonlyArray<string>> =>
  findings.flatMap((finding) =>
    finding.goals.map(({ atMost, measured, met, name }) => [
      `${finding.scenario}: ${name}`,
      `${atMost}`,
      Figures.cell(measured),
      met ? "reached" : "missed"
    ])
  )

const counts = (findings: ReadonlyArray<Finding>): ReadonlyArray<string> =>
  findings.map(({ counts, inputs, rounds, scenario }) =>
    [
      `${scenario}, ${rounds} ${
        rounds === 1 ? "round" : "rounds"
      }: inputs checked ${inputs.checked}, lost ${inputs.lost}, `
      + `doubled ${inputs.doubled}, undone on a losing side ${inputs.undone}`,
      ...Object.entries(counts).map(([name, value]) => `${words(name)} ${value}`)
    ].join("; ")
  )

/** `falseTakeovers` as one writes it. */
const words = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)

const lines = (title: string, findings: ReadonlyArray<Finding>, of: (finding: Finding) => ReadonlyArray<string>) => {
  const told = findings.flatMap((finding) => of(finding).map((text) => `  ${finding.scenario}: ${text}`))
  return told.length === 0 ? [] : ["", title, ...told]
}

const table = (title: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> =>
  rows.length === 0 ? [] : ["", Figures.table([title, ...rows])]

export const describe = ({ findings, nodes, quorum }: Report): string =>
  [
    `${nodes} nodes on a LAN of network namespaces${quorum ? ", with --quorum" : ""}`,
    ...table(Figures.titles("ms"), times(findings)),
    ...table(["goal", "at most", "measured", ""], goals(findings)),
    "",
    ...counts(findings),
    ...lines("In detail", findings, ({ notes }) => notes),
    ...lines("Promises that were broken", findings, ({ broken }) => broken)
  ].join("\n")
