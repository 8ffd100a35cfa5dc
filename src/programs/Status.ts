/**
 * `hostless status`: the cluster as one node sees it.
 */
import { Command, Options } from "@effect/cli"
import { FetchHttpClient, HttpClient, HttpClientResponse } from "@effect/platform"
import { Console, Data, Duration, Effect, Option } from "effect"
import { Status } from "../protocol/Status.ts"
import * as ExitCode from "./ExitCode.ts"
import * as Ink from "./Ink.ts"
import * as OptionChecks from "./OptionChecks.ts"
import * as StatusText from "./StatusText.ts"

/** There is no status to be had. `detail` says what happened and what to do. */
export class StatusError extends Data.TaggedError("StatusError")<{ readonly detail: string }> {}

/** Where the first node of a machine has its page. */
const usualUrl = "http://127.0.0.1:8080"
const answerTimeoutMs = 5_000

/** The address of the status of a page whose address may be given as the node printed it, with its key. */
const statusUrl = (given: string): Effect.Effect<URL, StatusError> =>
  Effect.try({
    try: () => {
      const page = new URL(/^[a-z]+:\/\//i.test(given) ? given : `http://${given}`)
      if (page.protocol !== "http:") throw new Error("not HTTP")
      return new URL("/api/status", page)
    },
    catch: () =>
      new StatusError({
        detail: `${
          JSON.stringify(given)
        } is no address of a page. Give --url one like ${usualUrl}, as the node printed it.`
      })
  })

const noAnswer = (url: URL, asked: boolean, why: string): StatusError =>
  new StatusError({
    detail: `No node answers at ${url.origin} (${why}). ` + (asked
      ? "Is it still running? Its first line of output is the address of its page."
      : "Start one with \"hostless play gather\", or name the address that a running one printed with --url.")
  })

const wrongAnswer = (url: URL, what: string): StatusError =>
  new StatusError({
    detail: `${url.origin} answers, but ${what}. Is it a hostless node of this version? `
      + "Name the address that a node printed with --url."
  })

/** The status of the node whose page is at `url`; without it, of the one where this machine's first one usually is. */
const fetch = Effect.fnUntraced(function*(given: string | undefined) {
  const url = yield* statusUrl(given ?? usualUrl)
  const client = yield* HttpClient.HttpClient
  const response = yield* client.get(url).pipe(
    Effect.mapError((error) => noAnswer(url, given !== undefined, reasonOf(error.cause))),
    Effect.timeoutFail({
      duration: Duration.millis(answerTimeoutMs),
      onTimeout: () => noAnswer(url, given !== undefined, `it was silent for ${answerTimeoutMs / 1000} s`)
    })
  )
  if (response.status === 503) return yield* wrongAnswer(url, "its node is still starting: ask again in a moment")
  if (response.status !== 200) return yield* wrongAnswer(url, `with HTTP status ${response.status}`)
  return yield* HttpClientResponse.schemaBodyJson(Status)(response).pipe(
    Effect.mapError(() => wrongAnswer(url, "what it says is no status")),
    Effect.timeoutFail({
      duration: Duration.millis(answerTimeoutMs),
      onTimeout: () => noAnswer(url, given !== undefined, "it stopped in the middle of its answer")
    })
  )
})

/** What a failed `fetch` says, down to the socket's own word. */
const reasonOf = (cause: unknown): string => {
  const { cause: inner } = cause as { readonly cause?: unknown }
  const error = inner instanceof Error ? inner : cause
  return error instanceof Error ? error.message.split("\n")[0] || (error as NodeJS.ErrnoException).code || "?" : "?"
}

const options = {
  url: OptionChecks.optional(Options.text("url"), "URL", `the address that the node printed; without it, ${usualUrl}`),
  json: Options.boolean("json").pipe(Options.withDescription("prints it as JSON, as GET /api/status has it"))
}

export const command = Command.make("status", options, ({ json, url }) =>
  fetch(Option.getOrUndefined(url)).pipe(
    Effect.flatMap((status) =>
      Console.log(json ? JSON.stringify(status, null, 2) : StatusText.format(status, Ink.ofOutput()))
    ),
    Effect.catchTag("StatusError", ExitCode.complain),
    Effect.provide(FetchHttpClient.layer)
  )).pipe(Command.withDescription("Shows the cluster as one node sees it."))
