/** `--set NAME=VALUE`: what a new room is opened with. */
import { Options } from "@effect/cli"
import { Effect, Schema } from "effect"
import type { AnyGame } from "../games/Game.ts"
import type { RoomOptions } from "../protocol/Match.ts"
import { StartError } from "./NodeProgram.ts"
import * as OptionChecks from "./OptionChecks.ts"

/** `points=7`, as the game's options are written. */
const option = (text: string): readonly [name: string, value: RoomOptions[string]] | null => {
  const match = /^([a-z][A-Za-z0-9]{0,31})=(.{1,64})$/.exec(text)
  if (match === null) return null
  const value = match[2]!
  if (value === "true" || value === "false") return [match[1]!, value === "true"]
  return [match[1]!, /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : value]
}

export const set: Options.Options<RoomOptions> = OptionChecks.understood(
  Options.repeated(Options.text("set")).pipe(
    Options.withPseudoName("NAME=VALUE"),
    Options.withDescription("what a new room is opened with, such as seats=4 or points=7; may be repeated")
  ),
  (texts) => {
    const given = texts.map(option).filter((one) => one !== null)
    return given.length === texts.length ? Object.fromEntries(given) : null
  },
  (texts) => `--set takes NAME=VALUE, not ${JSON.stringify(texts.find((text) => option(text) === null)!.slice(0, 60))}.`
)

/** As they are given: `seats=4 points=7`. */
export const written = (options: RoomOptions): string =>
  Object.entries(options).map(([name, value]) => `${name}=${value}`).join(" ")

/** All options of a room of this game, of which some were given; null: none were. StartError where it has no such rooms. */
export const check = ({ match, name }: AnyGame, given: RoomOptions): Effect.Effect<RoomOptions | null, StartError> => {
  if (Object.keys(given).length === 0) return Effect.succeed(null)
  const all = { ...match?.defaults, ...given }
  if (match !== undefined && Schema.is(match.Options)(all)) return Effect.succeed(all)
  const takes = match === undefined ? "no options" : written(match.defaults)
  return new StartError({ detail: `${name} has no rooms like that: it takes ${takes}.` })
}
