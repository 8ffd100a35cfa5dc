/** Places given by hand, for where broadcast does not reach: routed networks, containers. */
import { Data, Effect, Option, Random, Stream } from "effect"
import { lookup } from "node:dns/promises"
import type { Place } from "../../services/Discovery.ts"

/** The most places; of a name with many addresses, as many as fit. */
export const placesMax = 64

/** One of them is no place. `detail` says which, and how it is written. */
export class PlaceError extends Data.TaggedError("PlaceError")<{ readonly detail: string }> {}

interface HostPort {
  readonly host: string
  /** Null: the usual one. */
  readonly port: number | null
}

/** What `HOST:PORT` or `HOST` says, or null; a host is a name or an IPv4 address. */
export const parse = (place: string): HostPort | null => {
  const match = /^([A-Za-z0-9](?:[A-Za-z0-9._-]{0,252}))(?::(\d{1,5}))?$/.exec(place.trim())
  if (match === null) return null
  if (match[2] === undefined) return { host: match[1]!, port: null }
  const port = Number(match[2])
  return port >= 1 && port <= 65535 ? { host: match[1]!, port } : null
}

const parseAll = (places: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<HostPort>, PlaceError> => {
  const parsed: Array<HostPort> = []
  for (const each of places) {
    const place = parse(each)
    if (place === null) {
      const detail = `${JSON.stringify(each)} is no place. Write HOST:PORT, such as 192.168.1.20:43234.`
      return Effect.fail(new PlaceError({ detail }))
    }
    parsed.push(place)
  }
  if (parsed.length > placesMax) return Effect.fail(new PlaceError({ detail: `More than ${placesMax} places.` }))
  return Effect.succeed(parsed)
}

/** All IPv4 addresses of a name. None where it is not known now: it may be later. */
const resolve = ({ host, port }: HostPort, usualPort: number): Effect.Effect<ReadonlyArray<Place>> =>
  Effect.tryPromise(() => lookup(host, { family: 4, all: true })).pipe(
    Effect.map((found) => found.map(({ address }): Place => ({ address, port: port ?? usualPort }))),
    Effect.catchAll((error) =>
      Effect.as(Effect.logDebug("name not resolved", { host, detail: String(error.cause) }), [])
    )
  )

/** The places, at once and then about every `everyMs`, resolved anew each time. */
export const stream = (
  given: ReadonlyArray<string>,
  { everyMs, usualPort }: { readonly everyMs: number; readonly usualPort: number }
): Effect.Effect<Stream.Stream<Place>, PlaceError> =>
  Effect.map(
    parseAll(given),
    (places) =>
      places.length === 0 ? Stream.empty : Stream.paginateEffect(0, (round) =>
        Effect.gen(function*() {
          if (round > 0) yield* Effect.sleep(everyMs * (yield* Random.nextRange(0.8, 1.2)))
          const found = yield* Effect.forEach(places, (place) => resolve(place, usualPort), { concurrency: 8 })
          return [found.flat().slice(0, placesMax), Option.some(1)] as const
        })).pipe(Stream.flattenIterables)
  )
