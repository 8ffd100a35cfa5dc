/**
 * Schemas as plain checks. What comes over a wire is plain data already; where a schema makes nothing else of it, it is
 * enough to look it over, which takes a twentieth of the time of making it anew, and no memory. Whatever the check does
 * not take goes through the schema's own decoder, which says what is wrong with it, or drops what is too much.
 */
import { Either, Option, type ParseResult, Schema, type SchemaAST } from "effect"
import { decodeBody } from "./Frame.ts"

type Check = (value: unknown) => boolean
type Fields = { readonly [name: string]: unknown }

const always: Check = () => true
const noOptions: SchemaAST.ParseOptions = {}
const hasOwn = Object.prototype.hasOwnProperty

const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Null: only the schema's own decoder can tell. */
const compile = (ast: SchemaAST.AST): Check | null => {
  switch (ast._tag) {
    case "Literal":
      return (value) => value === ast.literal
    case "StringKeyword":
      return (value) => typeof value === "string"
    case "NumberKeyword":
      return (value) => typeof value === "number"
    case "BooleanKeyword":
      return (value) => typeof value === "boolean"
    case "UnknownKeyword":
    case "AnyKeyword":
      return always
    case "Refinement":
      return refined(ast)
    case "TupleType":
      return tuple(ast)
    case "TypeLiteral":
      return ast.indexSignatures.length > 0 ? record(ast) : struct(ast)
    case "Union":
      return union(ast)
    case "Suspend":
      return suspended(ast)
    default:
      return null
  }
}

const all = (asts: ReadonlyArray<SchemaAST.AST>): ReadonlyArray<Check> | null => {
  const checks = asts.map(compile)
  return checks.includes(null) ? null : checks as ReadonlyArray<Check>
}

const refined = (ast: SchemaAST.Refinement): Check | null => {
  const from = compile(ast.from)
  return from && ((value) => from(value) && Option.isNone(ast.filter(value, noOptions, ast)))
}

const tuple = ({ elements, rest }: SchemaAST.TupleType): Check | null => {
  const checks = all(elements.map(({ type }) => type))
  const more = all(rest.map(({ type }) => type))
  if (checks === null || more === null || more.length > 1) return null
  const [each] = more
  const least = elements.filter(({ isOptional }) => !isOptional).length
  return (value) => {
    if (!Array.isArray(value) || value.length < least) return false
    if (each === undefined && value.length > checks.length) return false
    for (let i = 0; i < value.length; i++) if (!(checks[i] ?? each!)(value[i])) return false
    return true
  }
}

const struct = ({ propertySignatures }: SchemaAST.TypeLiteral): Check | null => {
  // Of a struct without fields everything is an instance.
  if (propertySignatures.length === 0 || propertySignatures.some(({ name }) => typeof name !== "string")) return null
  const checks = all(propertySignatures.map(({ type }) => type))
  if (checks === null) return null
  const names = propertySignatures.map(({ name }) => name as string)
  const optional = propertySignatures.map(({ isOptional }) => isOptional)
  return (value) => {
    if (!isObject(value)) return false
    let known = 0
    for (let i = 0; i < checks.length; i++) {
      const field = value[names[i]!]
      if (field === undefined && !hasOwn.call(value, names[i]!)) {
        if (!optional[i]) return false
      } else if (checks[i]!(field)) known++
      else return false
    }
    for (const _ in value) known--
    return known === 0
  }
}

const record = ({ indexSignatures, propertySignatures }: SchemaAST.TypeLiteral): Check | null => {
  const [signature, ...others] = indexSignatures
  if (signature === undefined || others.length > 0 || propertySignatures.length > 0) return null
  const key = compile(signature.parameter)
  const field = compile(signature.type)
  if (key === null || field === null) return null
  return (value) => {
    if (!isObject(value)) return false
    for (const name in value) if (!key(name) || !field(value[name])) return false
    return true
  }
}

/** What an object's `_tag` must be, if it is told by a literal. */
const tagOf = (ast: SchemaAST.AST): SchemaAST.LiteralValue | undefined => {
  if (ast._tag !== "TypeLiteral") return undefined
  const type = ast.propertySignatures.find(({ name }) => name === "_tag")?.type
  return type?._tag === "Literal" ? type.literal : undefined
}

const isPrimitive = (ast: SchemaAST.AST): boolean => {
  switch (ast._tag) {
    case "Literal":
    case "StringKeyword":
    case "NumberKeyword":
    case "BooleanKeyword":
      return true
    case "Refinement":
      return isPrimitive(ast.from)
    case "Union":
      return ast.types.every(isPrimitive)
    default:
      return false
  }
}

const union = ({ types }: SchemaAST.Union): Check | null => {
  const tags = types.map(tagOf)
  if (tags.every((tag) => tag !== undefined) && new Set(tags).size === tags.length) {
    const byTag = new Map<unknown, Check | null>(tags.map((tag, i) => [tag, compile(types[i]!)]))
    return (value) => isObject(value) && (byTag.get(value["_tag"])?.(value) ?? false)
  }
  const checks = all(types)
  if (checks === null) return null
  // Of several kinds of objects the decoder takes the first that fits, and drops what is too much for that one.
  if (types.filter((type) => !isPrimitive(type)).length > 1) return null
  return (value) => {
    for (const check of checks) if (check(value)) return true
    return false
  }
}

const suspended = (ast: SchemaAST.Suspend): Check => {
  let check: Check | null | undefined
  return (value) => {
    check ??= compile(ast.f())
    return check !== null && check(value)
  }
}

/** As `Schema.decodeUnknownEither`; what is right already comes back as it is, and not as a copy. */
export const decoder = <A, I>(
  schema: Schema.Schema<A, I>
): (value: unknown) => Either.Either<A, ParseResult.ParseError> => {
  const check = compile(schema.ast)
  const decode = Schema.decodeUnknownEither(schema)
  return check === null ? decode : (value) => check(value) ? Either.right(value as A) : decode(value)
}

/** As `Schema.is`. */
export const guard = <A, I>(schema: Schema.Schema<A, I>): (value: unknown) => value is A => {
  const check = compile(Schema.typeSchema(schema).ast)
  const is = Schema.is(schema)
  return check === null ? is : (value): value is A => check(value) || is(value)
}

const fromUtf8 = new TextDecoder("utf-8", { fatal: true })

const readerOf = <A, I>(
  schema: Schema.Schema<A, I>,
  parse: (bytes: Uint8Array) => unknown
): (bytes: Uint8Array) => A | null => {
  const decode = decoder(schema)
  return (bytes) => {
    try {
      return Either.getOrNull(decode(parse(bytes)))
    } catch {
      return null
    }
  }
}

/** What a body says (`Frame`), or null: it is none, or the schema does not take it. */
export const reader = <A, I>(schema: Schema.Schema<A, I>): (body: Uint8Array) => A | null =>
  readerOf(schema, decodeBody)

/** The same where nothing but JSON in UTF-8 is sent. */
export const jsonReader = <A, I>(schema: Schema.Schema<A, I>): (text: Uint8Array) => A | null =>
  readerOf(schema, (text) => JSON.parse(fromUtf8.decode(text)))
