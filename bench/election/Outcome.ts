/** What `npm run bench -- election` finds of one way to elect in one scenario, and how it tells it. */
import type { ElectionBy } from "../../src/layers/engine/Engine.ts"
import * as Figures from "../../src/programs/bench/Figures.ts"

export interface Outcome {
  readonly scenario: string
  readonly election: ElectionBy
  /** Where it ran: real processes on loopback, or a whole LAN in virtual time. */
  readonly ground: "processes" | "virtual"
  readonly rounds: number
  /** How long a node was without a host at a time, in milliseconds. */
  readonly withoutHostMs: Figures.Distribution
  /** Of a node, in a round, in all. */
  readonly withoutHostPerRoundMs: number
  /** Changes of host that nobody had planned, per round. */
  readonly takeovers: number
  /** Frames of the whole cluster per second; on a virtual LAN, of the election alone. */
  readonly framesPerSecond: number
  /** Times that a screen was told that what it had seen is undone. */
  readonly undone: number
  readonly broken: ReadonlyArray<string>
}

const tenth = (value: number): string => `${Math.round(value * 10) / 10}`
const cell = (value: number | null): string => value === null ? "–" : `${value}`

export const describe = (nodes: number, outcomes: ReadonlyArray<Outcome>): string =>
  [
    `${nodes} nodes: no host at a node, in ms at a time and in all per round; takeovers per round; frames of the cluster`,
    "per second (on the virtual LAN, marked *, of the election alone)",
    "",
    Figures.table([
      ["scenario", "by", "rounds", "p50", "p99", "max", "per round", "takeovers", "frames/s", "undone"],
      ...outcomes.map((one) => [
        one.ground === "virtual" ? `${one.scenario} *` : one.scenario,
        one.election,
        `${one.rounds}`,
        cell(one.withoutHostMs.p50),
        cell(one.withoutHostMs.p99),
        cell(one.withoutHostMs.max),
        tenth(one.withoutHostPerRoundMs),
        tenth(one.takeovers),
        `${Math.round(one.framesPerSecond)}`,
        `${one.undone}`
      ])
    ]),
    ...outcomes.flatMap(({ broken, election, scenario }) =>
      broken.map((what) => `promise not kept, ${scenario} by ${election}: ${what}`)
    )
  ].join("\n")
