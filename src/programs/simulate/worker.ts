/**
 * A process that runs simulations: tasks come as lines on standard input, answers go as lines to standard output. A run
 * takes the whole of a core, and keeps everything else in its process waiting.
 */
import { closeSync, openSync, writeSync } from "node:fs"
import { createInterface } from "node:readline"
import { tickGames } from "../../games/index.ts"
import { describe } from "../../simulation/faults/Fault.ts"
import * as Shrinker from "../../simulation/Shrinker.ts"
import * as Simulation from "../../simulation/Simulation.ts"
import * as TimeSpaceDiagram from "../../simulation/TimeSpaceDiagram.ts"
import type { Answer, Explained, Ran, Setup, Task } from "./Protocol.ts"

const setup: Setup = JSON.parse(process.argv[2]!)
/** Of the last messages, so many are shown. */
const linesMax = 60
const keptEntries = 20_000
const shrinkRunsMax = 120
const flushBytes = 64 * 1024

const say = (answer: Answer): void => {
  try {
    writeSync(1, `${JSON.stringify(answer)}\n`)
  } catch (error) {
    // Nobody listens any more.
    if (error instanceof Error && "code" in error && error.code === "EPIPE") process.exit(0)
    throw error
  }
}

const settingsOf = (seed: string): Simulation.Settings => ({
  ...setup,
  seed: BigInt(seed),
  game: tickGames[setup.game]!
})

/** Lines to a file, or nowhere. */
const writer = (path: string | null) => {
  if (path === null) return { write: null, close: () => {} }
  const file = openSync(path, "w")
  let buffer = ""
  const flush = () => {
    writeSync(file, buffer)
    buffer = ""
  }
  return {
    write: (line: string) => {
      buffer += `${line}\n`
      if (buffer.length > flushBytes) flush()
    },
    close: () => {
      flush()
      closeSync(file)
    }
  }
}

const run = (seed: string, trace: string | null): Ran => {
  const { close, write } = writer(trace)
  try {
    const { fingerprint, fired, simulatedMs, violation } = Simulation.run(settingsOf(seed), { kept: 0, write })
    const finding = violation === null
      ? null
      : { promise: violation.promise, detail: violation.detail, atMs: violation.atMs }
    return { _tag: "ran", seed, finding, fired: Object.fromEntries(fired), simulatedMs, fingerprint }
  } finally {
    close()
  }
}

const explain = (seed: string): Explained => {
  const settings = settingsOf(seed)
  const first = Simulation.run(settings)
  if (first.violation === null) throw new Error(`seed ${seed} breaks nothing when it is run again`)
  const atMs = first.violation.atMs
  const shrunk = Shrinker.shrink(settings, first, shrinkRunsMax, (runs, faults) => {
    say({ _tag: "progress", note: `shrinking seed ${seed}: ${faults} faults after ${runs} runs` })
  })
  const only = shrunk.needed.map(({ index }) => index)
  const { trace } = Simulation.run({ ...settings, only }, { kept: keptEntries, write: null })
  return {
    _tag: "explained",
    seed,
    diagram: TimeSpaceDiagram.draw(trace.entries(), linesMax),
    plan: first.plan.filter((planned) => planned.atMs <= atMs).map(describe),
    needed: shrunk.needed.map(describe),
    only,
    runs: shrunk.runs
  }
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const task: Task = JSON.parse(line)
  try {
    say(task._tag === "run" ? run(task.seed, task.trace) : explain(task.seed))
  } catch (error) {
    say({
      _tag: "broken",
      seed: task.seed,
      detail: error instanceof Error ? error.stack ?? error.message : String(error)
    })
  }
})
