/** What the games' schemas share. */
import { Schema } from "effect"
import { SeatId } from "../protocol/Ids.ts"

/** What has more fields than it should is refused. */
export const strict = { parseOptions: { onExcessProperty: "error" } } as const

export const Seat = Schema.typeSchema(SeatId)
const isSeat = Schema.is(SeatId)

/** A record has an entry per seat, by its number. */
export const bySeat = <A>(value: Schema.Schema<A>) =>
  Schema.Record({
    key: Schema.String.pipe(Schema.filter((key) => String(Number(key)) === key && isSeat(Number(key)))),
    value
  })

export const Count = Schema.NonNegativeInt
export const Ordinal = Schema.Int.pipe(Schema.positive())

/** There or not: never `false`. */
export const flag = Schema.optionalWith(Schema.Literal(true), { exact: true })

const Word = Schema.Int.pipe(Schema.between(0, 0xffffffff))

/** The state of `core/Random`. */
export const Random = Schema.Tuple(Word, Word, Word, Word)
