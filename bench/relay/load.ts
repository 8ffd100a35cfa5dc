/**
 * The event relay under load, beside other servers that hand events on: so many clients on so many channels, each sending so
 * often, and all others on its channel getting it. Latency is from the call that sends to the callback that hears, both in
 * this process, so that one clock measures both; the server is a process of its own.
 */
import { type Client, contenders, type Running } from "./contenders.ts"
import type { Setup } from "./Setup.ts"

const { channels, clients, json, only, rate, seconds }: Setup = JSON.parse(process.argv[2]!)

/** What was sent before this is not measured: connections and code are warm then. */
const warmUpMs = 3_000
/** How long the last events may take. */
const lateMs = 3_000

const progress = (text: string): void => {
  process.stderr.write(process.stderr.isTTY ? `\r\x1b[2K${text}` : `${text}\n`)
}

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

/** Sends evenly over time, each client in its turn. */
const send = async (all: ReadonlyArray<Client>, name: string, counted: () => void): Promise<void> => {
  const began = performance.now()
  const totalMs = warmUpMs + seconds * 1000
  let sent = 0
  let told = 0
  for (;;) {
    const now = performance.now() - began
    for (const due = Math.min(now, totalMs) * all.length * rate / 1000; sent < due; sent++) {
      const from = sent % all.length
      const counts = now >= warmUpMs
      all[from]!.send({ from, sentAt: performance.now(), counts })
      if (counts) counted()
    }
    if (now >= totalMs) return
    if (now - told > 2_000) {
      told = now
      progress(`${name}: ${Math.round(now / 1000)} of ${Math.round(totalMs / 1000)} s`)
    }
    await sleep(1)
  }
}

const measure = async (name: string, server: Running) => {
  const latencies: Array<number> = []
  const others = clients / channels - 1
  let expected = 0
  const all: Array<Client> = []
  // A few at a time, as players come.
  for (let i = 0; i < clients; i += 25) {
    all.push(
      ...await Promise.all(Array.from({ length: Math.min(25, clients - i) }, (_, k) => {
        const me = i + k
        return server.client(`channel${me % channels}`, ({ counts, from, sentAt }) => {
          if (from !== me && counts) latencies.push(performance.now() - sentAt)
        })
      }))
    )
    progress(`${name}: ${all.length} of ${clients} clients`)
  }
  await send(all, name, () => {
    expected += others
  })
  const until = performance.now() + lateMs
  while (latencies.length < expected && performance.now() < until) await sleep(20)
  await Promise.race([Promise.allSettled(all.map((client) => client.close())), sleep(lateMs)])
  latencies.sort((a, b) => a - b)
  const at = (share: number): number => latencies[Math.ceil(share * latencies.length) - 1] ?? NaN
  return {
    name,
    deliveriesPerSecond: Math.round(latencies.length / seconds),
    lost: expected - latencies.length,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    maxMs: at(1)
  }
}

const results = []
for (const each of only) {
  const { name, start } = contenders[each]
  progress(`${name}: starts`)
  const server = await start()
  try {
    results.push(await measure(name, server))
  } finally {
    await server.stop()
  }
}
progress("")
if (json) console.log(JSON.stringify({ clients, channels, rate, seconds, results }, null, 2))
else {
  console.log(`${clients} clients, ${channels} channels, ${rate} event(s) a second each, ${seconds} s`)
  for (const { deliveriesPerSecond, lost, maxMs, name, p50Ms, p99Ms } of results) {
    const latency = `p50 ${p50Ms.toFixed(1)} ms  p99 ${p99Ms.toFixed(1)} ms  max ${maxMs.toFixed(1)} ms`
    console.log(`${name.padEnd(16)} ${String(deliveriesPerSecond).padStart(7)}/s  ${latency}  lost ${lost}`)
  }
}
process.exit(0)
