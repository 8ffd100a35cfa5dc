/** What is measured of each way to send messages: how late, how many, and what the death of one end or the middle costs. */
import { Duration, Effect, Schedule } from "effect"
import * as Figures from "../../src/programs/bench/Figures.ts"
import { BenchError } from "../../src/programs/bench/NodeProcess.ts"
import type { Channel, Mode } from "./Mode.ts"
import type { BrokerServer } from "./Server.ts"

/** As a host that ticks for some rooms. */
const everyMs = 4
/** The most messages under way when as many as pass are sent. */
const underWayMax = 500
/** How long what is late is waited for, in milliseconds. */
const lateMs = 3_000

export interface Losses {
  readonly sent: number
  readonly lost: number
  readonly doubled: number
}

export interface Row {
  readonly name: string
  readonly latencyMs: Figures.Distribution
  readonly perSecond: number
  /** Null: there is none to be killed. */
  readonly consumerKilled: Losses | null
  readonly brokerKilled: Losses | null
}

/** What was sent, and how often each came. */
class Account {
  readonly sentAtMs: Array<number> = []
  readonly latencies: Array<number> = []
  readonly came: Array<number> = []
  received = 0

  readonly receive = (number: number): void => {
    this.received += 1
    const before = this.came[number] ?? 0
    this.came[number] = before + 1
    if (before === 0) this.latencies.push(performance.now() - this.sentAtMs[number]!)
  }

  next(): number {
    return this.sentAtMs.push(performance.now()) - 1
  }

  /** Of the numbers from here on. */
  losses(from: number): Losses {
    const counts = this.sentAtMs.map((_, number) => this.came[number] ?? 0).slice(from)
    return {
      sent: counts.length,
      lost: counts.filter((count) => count === 0).length,
      doubled: counts.reduce((sum, count) => sum + Math.max(0, count - 1), 0)
    }
  }
}

/** Waits until all that was sent has come, or for `lateMs`. */
const arrived = (account: Account, from: number) =>
  Effect.timeoutOption(
    Effect.repeat(Effect.zipRight(Effect.sleep(20), Effect.sync(() => account.losses(from).lost)), {
      until: (lost) => lost === 0
    }),
    lateMs
  )

const tell = (channel: Channel, number: number): Effect.Effect<boolean> =>
  Effect.promise(() => channel.send(number).then(() => true, () => false))

/** One message every `everyMs`, nobody waited for. */
const ticks = Effect.fnUntraced(function*(channel: Channel, account: Account, ms: number) {
  const until = performance.now() + ms
  let due = performance.now()
  while (performance.now() < until) {
    yield* Effect.fork(tell(channel, account.next()))
    due += everyMs
    yield* Effect.sleep(Duration.millis(Math.max(0, due - performance.now())))
  }
})

/** So many came in a second, with `underWayMax` under way. */
const throughput = (channel: Channel, account: Account, ms: number): Effect.Effect<number> =>
  Effect.gen(function*() {
    const [began, before] = [performance.now(), account.received]
    const first = account.sentAtMs.length
    while (performance.now() - began < ms) {
      const room = underWayMax - (account.sentAtMs.length - first - (account.received - before))
      for (let i = 0; i < room; i++) channel.send(account.next()).catch(() => {})
      yield* Effect.async<void>((done) => void setImmediate(() => done(Effect.void)))
    }
    const count = account.received - before
    return Math.round(count * 1_000 / (performance.now() - began))
  })

/** Ticks while something dies in the middle; what the publisher knows to be lost it sends again. */
const through = Effect.fnUntraced(function*(
  { confirms }: Mode,
  channel: Channel,
  account: Account,
  dies: Effect.Effect<void, BenchError>
) {
  const from = account.sentAtMs.length
  const unsure: Array<number> = []
  const death = yield* Effect.fork(Effect.delay(dies, 300))
  const enough = performance.now() + 1_000
  while (performance.now() < enough || (yield* death.poll)._tag === "None") {
    const number = account.next()
    yield* Effect.fork(
      Effect.map(tell(channel, number), (sure) => {
        if (!sure && confirms) unsure.push(number)
      })
    )
    yield* Effect.sleep(everyMs)
  }
  yield* death
  yield* Effect.sleep(500)
  yield* Effect.forEach(unsure.splice(0), (number) => tell(channel, number), { concurrency: 100, discard: true })
  yield* arrived(account, from)
  return account.losses(from)
})

const attempt = (run: () => Promise<void>): Effect.Effect<void, BenchError> =>
  Effect.tryPromise({ try: run, catch: (error) => new BenchError({ detail: String(error) }) })

/** Everything of one mode. `server`: what is killed, or null. */
export const measure = Effect.fnUntraced(function*(mode: Mode, server: BrokerServer | null, seconds: number) {
  const account = new Account()
  const channel = yield* mode.open(account.receive)
  yield* ticks(channel, account, 300)
  yield* arrived(account, 0)
  account.latencies.length = 0
  yield* ticks(channel, account, seconds * 1_000)
  yield* arrived(account, 0)
  const latencyMs = Figures.distribution(account.latencies, 2)
  const perSecond = yield* throughput(channel, account, seconds * 1_000)
  yield* arrived(account, 0)
  const { replaceConsumer } = channel
  const consumerKilled = replaceConsumer === null
    ? null
    : yield* through(mode, channel, account, attempt(replaceConsumer))
  const brokerKilled = server === null
    ? null
    : yield* through(
      mode,
      channel,
      account,
      server.kill.pipe(
        Effect.zipRight(server.start),
        Effect.zipRight(
          Effect.retry(attempt(channel.reconnect), { times: 50, schedule: Schedule.spaced(Duration.millis(100)) })
        )
      )
    )
  return { name: mode.name, latencyMs, perSecond, consumerKilled, brokerKilled } satisfies Row as Row
})
