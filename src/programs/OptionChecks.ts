/**
 * What options may say, checked before anything is started. A wrong value costs a line that names the option, what it
 * takes and what was given.
 */
import { HelpDoc, Options, ValidationError } from "@effect/cli"
import { Effect, Schema } from "effect"
import * as StaticPlaces from "../layers/discovery/StaticPlaces.ts"
import { Name, Profile } from "../protocol/Ids.ts"

/** Whatever `parse` makes of what was given; null: it is refused, for the reason that `problem` tells. */
export const understood = <A, B>(
  option: Options.Options<A>,
  parse: (given: A) => B | null,
  problem: (given: A) => string
): Options.Options<B> =>
  Options.mapEffect(option, (given) => {
    const found = parse(given)
    return found === null
      ? Effect.fail(ValidationError.invalidValue(HelpDoc.p(problem(given))))
      : Effect.succeed(found)
  })

const printable = (isName: (value: string) => boolean, most: number) => (option: string): Options.Options<string> =>
  understood(
    Options.text(option),
    (value) => isName(value) ? value : null,
    (value) =>
      `--${option} takes 1 to ${most} printable characters, not ${
        value.length > 60 ? `${value.length} characters` : JSON.stringify(value)
      }.`
  )

/** A name of a node or a cluster, as the protocol takes it. */
export const name = printable(Schema.is(Name), 48)

/** Whether a player may be called that. */
export const isPlayerName: (value: string) => boolean = Schema.is(Profile.fields.name)

/** A player's name, as the protocol takes it. */
export const playerName = printable(isPlayerName, 24)

/** An integer within bounds, both included. */
export const integer = (option: string, min: number, max: number): Options.Options<number> =>
  parsed(
    option,
    `a number from ${min} to ${max}`,
    (text) => /^-?\d{1,10}$/.test(text) && Number(text) >= min && Number(text) <= max ? Number(text) : null
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
  understood(
    Options.text(option),
    parse,
    (text) => `--${option} takes ${what}, not ${JSON.stringify(text.slice(0, 60))}.`
  )

const isPlace = (value: string): boolean => StaticPlaces.parse(value) !== null

/** Places to dial, each `HOST:PORT` or `HOST`. */
export const places = (option: string): Options.Options<ReadonlyArray<string>> =>
  understood(
    Options.repeated(Options.text(option)),
    (values) => values.every(isPlace) && values.length <= StaticPlaces.placesMax ? values : null,
    (values) => {
      const wrong = values.find((value) => !isPlace(value))
      return wrong === undefined
        ? `--${option} may be given ${StaticPlaces.placesMax} times at most, not ${values.length} times.`
        : `--${option} takes HOST:PORT, such as 192.168.1.20:43234, not ${JSON.stringify(wrong.slice(0, 80))}.`
    }
  )
