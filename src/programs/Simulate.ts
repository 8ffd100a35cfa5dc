/**
 * `hostless simulate`: whole clusters of real services in virtual time, on a network where everything goes wrong, with
 * oracles that know every promise.
 */
import { Command, Options } from "@effect/cli"
import { Clock, Console, Data, Duration, Effect, Option, Random, type Scope } from "effect"
import { availableParallelism } from "node:os"
import { tickGames } from "../games/index.ts"
import { type FaultKind, faultKinds } from "../simulation/faults/Fault.ts"
import { seedMax } from "../simulation/time/Chance.ts"
import * as Figures from "./bench/Figures.ts"
import * as ExitCode from "./ExitCode.ts"
import * as Ink from "./Ink.ts"
import * as OptionChecks from "./OptionChecks.ts"
import * as RoomSet from "./RoomSet.ts"
import type { Explained, Ran, Setup } from "./simulate/Protocol.ts"
import * as Report from "./simulate/Report.ts"
import * as Totals from "./simulate/Totals.ts"
import * as Workers from "./simulate/Workers.ts"

/** With fewer runs it may be chance that a kind of fault does not come. */
const coverageRunsMin = 50
const saveEveryRuns = 10

const options = {
  seed: OptionChecks.optional(
    OptionChecks.parsed("seed", "a number from 0 to 2^64 - 1", parseSeed),
    "N",
    "the first run's seed; by default one by chance, which is printed"
  ),
  seeds: OptionChecks.integer("seeds", 1, 100_000_000).pipe(
    Options.withPseudoName("M"),
    Options.withDescription("how many runs, with this seed and the ones after it; by default 1"),
    Options.withDefault(1)
  ),
  nodes: OptionChecks.nodes(1),
  shape: Options.choice("shape", ["mesh", "cluster"]).pipe(
    Options.withDescription("mesh: whoever plays is a node; cluster: nodes are servers, and players thin clients"),
    Options.withDefault("mesh" as const)
  ),
  players: OptionChecks.count("players", 1, 64, 4, "how many thin clients play in a cluster"),
  transport: Options.choice("transport", ["tcp", "udp"]).pipe(
    Options.withDescription("what nodes talk over; by default as in life: tcp in a mesh, udp in a cluster"),
    Options.optional
  ),
  duration: OptionChecks.parsed("duration", "a time such as 60s or 5m", parseDuration).pipe(
    Options.withPseudoName("TIME"),
    Options.withDescription("how long each run lasts, simulated; by default 60s"),
    Options.withDefault(Duration.seconds(60))
  ),
  game: Options.choice("game", Object.keys(tickGames)).pipe(
    Options.withDescription("what they play"),
    Options.withDefault("gather")
  ),
  set: RoomSet.set,
  faults: OptionChecks.parsed("faults", `all, none, or some of ${faultKinds.join(",")}`, parseFaults).pipe(
    Options.withPseudoName("LIST"),
    Options.withDescription(
      `what may go wrong: all (each seed chooses some), none, or a list of which every kind comes: ${
        faultKinds.join(", ")
      }`
    ),
    Options.withDefault({ kinds: faultKinds, every: false })
  ),
  mode: Options.choice("mode", ["safety", "liveness"]).pipe(
    Options.withDescription("safety: faults to the end; liveness: then they stop, and the cluster must settle"),
    Options.withDefault("liveness" as const)
  ),
  election: Options.choice("election", ["bully", "raft"]).pipe(
    Options.withDescription("how hosts are elected; by raft they need a majority, and stay"),
    Options.withDefault("bully" as const)
  ),
  quorum: Options.boolean("quorum").pipe(Options.withDescription("hosts need a majority")),
  noPreempt: Options.boolean("no-preempt").pipe(Options.withDescription("hosts stay although a higher node is there")),
  only: OptionChecks.optional(
    OptionChecks.parsed("only", "numbers of faults, such as 3,17", parseNumbers),
    "LIST",
    "only these of the planned faults, by number"
  ),
  trace: OptionChecks.optional(
    Options.text("trace"),
    "FILE",
    "writes down everything that happens in the first run, a line each"
  ),
  resume: OptionChecks.optional(Options.text("resume"), "FILE", "keeps what was run here, and goes on from there"),
  within: OptionChecks.optional(
    OptionChecks.parsed("for", "a time such as 60s or 5m", parseDuration),
    "TIME",
    "begins no run after so much real time"
  ),
  jobs: OptionChecks.optional(
    OptionChecks.integer("jobs", 1, 256),
    "N",
    "how many runs at a time; by default one for each core"
  ),
  json: Options.boolean("json").pipe(Options.withDescription("prints the report as JSON"))
}

function parseSeed(text: string): bigint | null {
  return /^\d{1,20}$/.test(text) && BigInt(text) <= seedMax ? BigInt(text) : null
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

function parseDuration(text: string): Duration.Duration | null {
  const found = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)$/.exec(text)
  if (found === null) return null
  const ms = Number(found[1]) * units[found[2]!]!
  return ms >= 1_000 && ms <= 24 * units["h"]! ? Duration.millis(ms) : null
}

function parseFaults(text: string): { readonly kinds: ReadonlyArray<FaultKind>; readonly every: boolean } | null {
  if (text === "all") return { kinds: faultKinds, every: false }
  if (text === "none") return { kinds: [], every: true }
  const names = text.split(",")
  const kinds = faultKinds.filter((kind) => names.includes(kind))
  return kinds.length === names.length ? { kinds, every: true } : null
}

function parseNumbers(text: string): ReadonlyArray<number> | null {
  return /^\d{1,6}(?:,\d{1,6})*$/.test(text) ? text.split(",").map(Number) : null
}

type Given = Command.Command.ParseConfig<typeof options>

export const command = Command.make("simulate", options, (given) =>
  Effect.gen(function*() {
    const chosen = Option.isSome(given.seed) ? given.seed.value : yield* seedByChance
    if (Option.isNone(given.seed)) yield* Console.error(`seed ${chosen}`)
    const isMesh = given.shape === "mesh"
    const setup: Setup = {
      nodes: given.nodes,
      players: isMesh ? 0 : given.players,
      transport: Option.getOrElse(given.transport, () => isMesh ? "tcp" : "udp"),
      durationMs: Duration.toMillis(given.duration),
      game: given.game,
      room: yield* RoomSet.check(tickGames[given.game]!, given.set),
      kinds: given.faults.kinds,
      every: given.faults.every,
      mode: given.mode,
      election: given.election,
      quorum: given.quorum,
      preempt: !given.noPreempt,
      only: Option.getOrNull(given.only)
    }
    const report = yield* Effect.scoped(run(given, setup, chosen))
    yield* Console.log(given.json ? JSON.stringify(report, null, 2) : Report.describe(report, Ink.ofOutput()))
    if (report.totals.findings.length > 0 || report.neverFired.length > 0) yield* ExitCode.failed
  }).pipe(Effect.catchAll(ExitCode.complain))).pipe(
    Command.withDescription(
      "Runs whole clusters in virtual time while everything goes wrong, and checks every promise."
    )
  )

/** Not of the present time only: two that start at once must differ. */
const seedByChance = Effect.map(
  Effect.replicateEffect(Random.nextIntBetween(0, 0x10000), 4),
  (parts) => parts.reduce((seed, part) => (seed << 16n) | BigInt(part), 0n)
)

/** A mistake of the simulation, not of what it runs. */
class Broken extends Data.TaggedError("Broken")<{ readonly detail: string }> {}

const run = (
  given: Given,
  setup: Setup,
  firstSeed: bigint
): Effect.Effect<Report.Report, Totals.TotalsError | Broken, Scope.Scope> =>
  Effect.gen(function*() {
    const { seeds } = given
    const resume = Option.getOrNull(given.resume)
    const fresh = Totals.none(setup, firstSeed)
    const before = resume === null ? fresh : yield* Totals.load(resume, fresh)
    const startedAt = yield* Clock.currentTimeMillis
    const jobs = Math.min(seeds, Option.getOrElse(given.jobs, availableParallelism))
    const workers = yield* Effect.replicateEffect(Workers.start(setup), jobs)
    let totals = before
    const ahead = { next: before.runs, stop: false }
    /** Those that are done before one with a lower seed is. */
    const early = new Map<bigint, Ran>()

    const count = (ran: Ran) =>
      Effect.gen(function*() {
        early.set(BigInt(ran.seed), ran)
        const now = yield* Clock.currentTimeMillis
        for (;;) {
          const seed = firstSeed + BigInt(totals.runs)
          const done = early.get(seed)
          if (done === undefined) break
          early.delete(seed)
          totals = { ...Totals.add(totals, done), wallMs: before.wallMs + now - startedAt }
          if (resume !== null && totals.runs % saveEveryRuns === 0) yield* Totals.save(resume, totals)
        }
        const speed = (totals.simulatedMs - before.simulatedMs) / Math.max(1, now - startedAt)
        Figures.progress(totals.runs, seeds, `${speed.toFixed(1)} s simulated per second`)
        // One is enough to look into; a long run goes on, to see them all.
        if (totals.findings.length > 0 && resume === null) ahead.stop = true
        if (Option.exists(given.within, (within) => now - startedAt >= Duration.toMillis(within))) ahead.stop = true
      })

    const work = (worker: Workers.Worker) =>
      Effect.gen(function*() {
        while (!ahead.stop && ahead.next < seeds) {
          const seed = firstSeed + BigInt(ahead.next++)
          const trace = seed === firstSeed ? Option.getOrNull(given.trace) : null
          const answer = yield* worker.ask({ _tag: "run", seed: String(seed), trace })
          if (answer._tag === "broken") return yield* new Broken({ detail: `Seed ${seed}: ${answer.detail}` })
          if (answer._tag === "ran") yield* count(answer)
        }
      })
    yield* Effect.forEach(workers, work, { concurrency: "unbounded", discard: true })
    // What was stopped at leaves runs that nobody counted; a finding among them counts all the same.
    for (const ran of early.values()) if (ran.finding !== null) totals = Totals.add(totals, ran)
    if (resume !== null && early.size === 0) yield* Totals.save(resume, totals)

    const first = totals.findings[0]
    const explained = first === undefined ? null : yield* explain(workers[0]!, first.seed)
    const neverFired = totals.runs >= (setup.every ? 1 : coverageRunsMin) && setup.only === null
      ? setup.kinds.filter((kind) => (totals.fired[kind] ?? 0) === 0)
      : []
    return { setup, totals, speed: totals.simulatedMs / Math.max(1, totals.wallMs), neverFired, explained }
  })

const explain = (worker: Workers.Worker, seed: string): Effect.Effect<Explained, Broken> =>
  Effect.flatMap(
    worker.ask({ _tag: "explain", seed }, (note) => {
      if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${note}`)
    }),
    (answer) => {
      if (process.stderr.isTTY) process.stderr.write("\n")
      return answer._tag === "explained"
        ? Effect.succeed(answer)
        : Effect.fail(new Broken({ detail: `Seed ${seed}: ${answer._tag === "broken" ? answer.detail : answer._tag}` }))
    }
  )
