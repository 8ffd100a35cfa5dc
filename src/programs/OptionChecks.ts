/**
 * What options may say, checked before anything is started. A wrong value costs a line that names the option, what it
 * takes and what was given.
 */
import { HelpDoc, Options, ValidationError } from "@effect/cli"
import { Effect, Schema } from "effect"
import * as StaticPlaces from "../layers/discovery/StaticPlaces.ts"
import { Name, Profile } from "../protocol/Ids.ts"

/** Whatever `problem` finds in a value; null lets it pass. */
const checked = <A>(option: Options.Options<A>, problem: (value: A) => string | null): Options.Options<A> =>
  Options.mapEffect(option, (value) => {
    const found = problem(value)
    return found === null ? Effect.succeed(value) : Effect.fail(ValidationError.invalidValue(HelpDoc.p(found)))
  })

const printable = (isName: (value: string) => boolean, most: number) => (option: string): Options.Options<string> =>
  checked(Options.text(option), (value) =>
    isName(value)
      ? null
      : `--${option} takes 1 to ${most} printable characters, not ${
        value.length > 60 ? `${value.length} characters` : JSON.stringify(value)
      }.`)

/** A name of a node or a cluster, as the protocol takes it. */
export const name = printable(Schema.is(Name), 48)

/** Whether a player may be called that. */
export const isPlayerName: (value: string) => boolean = Schema.is(Profile.fields.name)

/** A player's name, as the protocol takes it. */
export const playerName = printable(isPlayerName, 24)

/** An integer within bounds, both included. */
export const integer = (option: string, min: number, max: number): Options.Options<number> =>
  Options.map(
    checked(Options.text(option), (value) =>
      /^-?\d{1,10}$/.test(value) && Number(value) >= min && Number(value) <= max
        ? null
        : `--${option} takes a number from ${min} to ${max}, not ${JSON.stringify(value.slice(0, 60))}.`),
    Number
  )

/** As `integer`, with what it is for, and what it is where nothing is said. */
export const count = (
  option: string,
  min: number,
  max: number,
  byDefault: number,
  says: string
): Options.Options<number> =>
  integer(option, min, max).pipe(
    Options.withPseudoName("N"),
    Options.withDescription(`${says}; by default ${byDefault}`),
    Options.withDefault(byDefault)
  )

/** How many nodes a bench or a simulation starts, at least `min`. */
export const nodes = (min: number): Options.Options<number> => count("nodes", min, 16, 5, "how many nodes play")

/** Whose absence says something too. */
export const optional = <A>(option: Options.Options<A>, placeholder: string, description: string) =>
  option.pipe(Options.withPseudoName(placeholder), Options.withDescription(description), Options.optional)

/** Whatever `parse` makes of the text; null: nothing. `what` says what the option takes. */
export const parsed = <A>(option: string, what: string, parse: (text: string) => A | null): Options.Options<A> =>
  Options.map(
    checked(
      Options.text(option),
      (text) => parse(text) === null ? `--${option} takes ${what}, not ${JSON.stringify(text.slice(0, 60))}.` : null
    ),
    (text) => parse(text)!
  )

/** Places to dial, each `HOST:PORT` or `HOST`. */
export const places = (option: string): Options.Options<ReadonlyArray<string>> =>
  checked(Options.repeated(Options.text(option)) as Options.Options<ReadonlyArray<string>>, (values) => {
    const wrong = values.find((value) => StaticPlaces.parse(value) === null)
    if (wrong !== undefined) {
      return `--${option} takes HOST:PORT, such as 192.168.1.20:43234, not ${JSON.stringify(wrong.slice(0, 80))}.`
    }
    return values.length > StaticPlaces.placesMax
      ? `--${option} may be given ${StaticPlaces.placesMax} times at most, not ${values.length} times.`
      : null
  })
