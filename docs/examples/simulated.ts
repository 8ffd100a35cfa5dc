import { Clock, Duration, Effect, Random } from "effect"
import { VirtualTime } from "hostless/simulation"

/** Three workers take jobs under a lease. One that holds it for too long loses it to the next. */
const program = (renewed: boolean) =>
  Effect.gen(function*() {
    let lease = { holder: 0, until: 0 }
    let working = 0
    const worker = (id: number) =>
      Effect.gen(function*() {
        const now = yield* Clock.currentTimeMillis
        if (lease.holder !== 0 && lease.until > now) return
        lease = { holder: id, until: now + 1_000 }
        if (++working > 1) return yield* Effect.dieMessage(`worker ${id} is not alone`)
        for (let steps = yield* Random.nextIntBetween(1, 5); steps > 0; steps--) {
          yield* Effect.sleep(Duration.millis(yield* Random.nextIntBetween(100, 400)))
          if (renewed) lease = { holder: id, until: (yield* Clock.currentTimeMillis) + 1_000 }
        }
        working--
        lease = { holder: 0, until: 0 }
      }).pipe(Effect.zipRight(Effect.sleep("50 millis")), Effect.forever)
    yield* Effect.raceAll([1, 2, 3].map(worker)).pipe(Effect.timeoutOption("1 minute"))
  })

for (const renewed of [true, false]) {
  let broken: number | null = null
  for (let seed = 1; seed <= 50 && broken === null; seed++) {
    const exit = VirtualTime.runExit(program(renewed), { seed })
    if (exit._tag === "Failure") broken = seed
  }
  console.log(
    `${renewed ? "With" : "Without"} renewal: ${broken === null ? "50 minutes went well" : `seed ${broken} fails`}`
  )
}
