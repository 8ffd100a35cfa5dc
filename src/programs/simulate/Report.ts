/** What a simulation found, for people. */
import { promises } from "../../simulation/Violation.ts"
import type { Ink } from "../Ink.ts"
import * as Table from "../Table.ts"
import type { Explained, Setup } from "./Protocol.ts"
import type { Totals } from "./Totals.ts"

export interface Report {
  readonly setup: Setup
  readonly totals: Totals
  /** Simulated seconds that passed in a real one. */
  readonly speed: number
  readonly neverFired: ReadonlyArray<string>
  readonly explained: Explained | null
}

const hours = (ms: number): string => {
  const seconds = Math.round(ms / 1_000)
  return seconds < 120
    ? `${seconds} s`
    : seconds < 7_200
    ? `${Math.round(seconds / 60)} min`
    : `${(seconds / 3_600).toFixed(1)} h`
}

/** The options that make one run of it again. */
const again = ({ setup }: Report, seed: string, only: ReadonlyArray<number> | null): string =>
  [
    "hostless simulate",
    `--seed ${seed}`,
    `--nodes ${setup.nodes}`,
    ...(setup.players === 0 ? [] : [`--shape cluster --players ${setup.players}`]),
    `--transport ${setup.transport}`,
    `--duration ${setup.durationMs / 1_000}s`,
    `--game ${setup.game}`,
    ...Object.entries(setup.room ?? {}).map(([name, value]) => `--set ${name}=${value}`),
    `--mode ${setup.mode}`,
    ...(setup.every ? [`--faults ${setup.kinds.length === 0 ? "none" : setup.kinds.join(",")}`] : []),
    ...(setup.election === "bully" ? [] : [`--election ${setup.election}`]),
    ...(setup.quorum ? ["--quorum"] : []),
    ...(setup.preempt ? [] : ["--no-preempt"]),
    ...(only === null || only.length === 0 ? [] : [`--only ${only.join(",")}`])
  ].join(" ")

const who = ({ nodes, players, transport }: Setup): string =>
  players === 0
    ? `${nodes} nodes${transport === "tcp" ? "" : " over UDP"}`
    : `${nodes} servers${transport === "udp" ? "" : " over TCP"} and ${players} thin clients`

export const describe = (report: Report, ink: Ink): string => {
  const { explained, neverFired, setup, totals } = report
  const faults = Object.entries(totals.fired).sort(([, a], [, b]) => b - a)
  const lines = [
    `${totals.runs} runs of ${who(setup)} that play ${setup.game}${
      setup.election === "raft" ? " by Raft" : setup.quorum ? " with a quorum" : ""
    }${setup.preempt ? "" : " without preemption"}, ${setup.mode}: ${hours(totals.simulatedMs)} simulated, ${
      report.speed.toFixed(1)
    } times as fast as life`,
    "",
    ...Table.format(
      [
        { title: "fault", cell: ([kind]) => kind },
        { title: "happened", cell: ([, times]) => String(times), align: "right" }
      ],
      faults,
      ink
    ),
    ...(faults.length > 0 ? [""] : [])
  ]
  for (const { atMs, detail, promise, seed } of totals.findings) {
    const said = promises[promise as keyof typeof promises]
    lines.push(
      ink.bad(`seed ${seed}, after ${atMs.toFixed(1)} ms: promise ${promise} is broken (${said})`),
      `  ${detail}`
    )
  }
  if (explained !== null) {
    lines.push(
      "",
      `The last messages of seed ${explained.seed}:`,
      "",
      explained.diagram,
      "",
      `Of ${explained.plan.length} faults ${explained.needed.length} are needed (found in ${explained.runs} runs):`,
      ...explained.needed.map((fault) => `  ${fault}`),
      "",
      `The same again: ${again(report, explained.seed, null)}`,
      `Only what is needed: ${again(report, explained.seed, explained.only)}`
    )
  }
  if (neverFired.length > 0) lines.push(ink.bad(`never happened, though asked for: ${neverFired.join(", ")}`))
  if (totals.findings.length === 0 && neverFired.length === 0) lines.push(ink.good("No promise was broken."))
  return lines.join("\n")
}
