/** What every program that runs a node does: looks at what it was given, shows its page, and ends well. */
import { FileSystem } from "@effect/platform"
import { Console, Data, Effect, Option } from "effect"
import type { AnyGame } from "../games/Game.ts"
import { Election } from "../services/Election.ts"
import { GameServer } from "../services/GameServer.ts"
import { WebGateway } from "../services/WebGateway.ts"
import type { Given } from "./NodeOptions.ts"
import * as OwnAddress from "./OwnAddress.ts"

/** What was asked for cannot be had. `detail` says why, and what to do. */
export class StartError extends Data.TaggedError("StartError")<{ readonly detail: string }> {}

/** Whether what was asked for can be had, before anything is started. */
export const check = Effect.fnUntraced(function*(
  { election, peer, scene, transport }: Pick<Given, "election" | "peer" | "scene"> & {
    readonly transport: string | object
  },
  game: AnyGame
) {
  if (Option.isSome(scene)) {
    const files = yield* FileSystem.FileSystem
    const info = yield* Effect.option(files.stat(scene.value))
    if (Option.isNone(info) || info.value.type !== "File") {
      return yield* new StartError({ detail: `There is no scene module ${scene.value}: name its file with --scene.` })
    }
  }
  if (game.ordering === "committed" && Option.contains(election, "bully" as const)) {
    return yield* new StartError({
      detail: `${game.name} is played by Raft alone: nothing happens in it before a majority has it. `
        + "Leave --election out."
    })
  }
  // With a broker nobody is dialled at an address.
  if (typeof transport === "object" && peer.length > 0) {
    return yield* new StartError({ detail: "Through a broker nodes find each other by themselves: leave --peer out." })
  }
})

export const ownAddress = ({ ip }: Pick<Given, "ip">) =>
  Effect.tap(
    OwnAddress.find(Option.getOrUndefined(ip)),
    ({ alone }) =>
      alone ? Console.error("No network was found: this node plays alone, on this machine only.") : Effect.void
  )

/** Prints a code that phones can scan. */
const printCode = (page: string) =>
  Effect.gen(function*() {
    const { default: qrcode } = yield* Effect.promise(() => import("qrcode"))
    yield* Console.log(yield* Effect.promise(() => qrcode.toString(page, { type: "terminal", small: true })))
    yield* Console.log(`Phones and other machines: ${page}`)
  })

/** Prints the page's address, as the first line of output, and a code where others may open it. */
export const showPage = Effect.gen(function*() {
  const { page, sharedPage } = yield* WebGateway
  yield* Console.log(page)
  if (sharedPage !== null) yield* printCode(sharedPage)
  return page
})

/** For who waits at a terminal. */
const sayHandover = Effect.gen(function*() {
  const { role } = yield* (yield* Election).standing
  const followers = yield* (yield* GameServer).followers
  if (process.stderr.isTTY && role === "host" && followers.length > 0) {
    yield* Console.error("\nHanding the game over. Ctrl-C again leaves at once.")
  }
})

/** Runs on and on when this is done; tells who interrupts it what happens then. */
export const untilInterrupted = <E, R>(begin: Effect.Effect<void, E, R>) =>
  begin.pipe(
    Effect.zipRight(Effect.never),
    Effect.onInterrupt(() => sayHandover)
  )
