/** Why the storage does not go on, as its thread says it. */
import type { RaftStorageError } from "../../services/RaftStorage.ts"

export class Refusal extends Error {
  constructor(readonly reason: RaftStorageError["reason"], detail: string) {
    super(detail)
  }
}

export const said = (cause: unknown): string => cause instanceof Error ? cause.message : String(cause)

export const damaged = (path: string, what: string): Refusal =>
  new Refusal(
    "corrupt",
    `${path} is not what this program left there (${what}), and is left as it is. Move its directory away and add this ` +
      "node to the cluster again, under a new id: what it promised under the old one is lost. No older copy will do."
  )

export const tooNew = (path: string, version: number): Refusal =>
  new Refusal(
    "version",
    `${path} has format ${version}, which a newer program wrote. Run that one, or a newer one still.`
  )

export const refused = (path: string, cause: unknown): Refusal =>
  new Refusal(
    "io",
    `${path} cannot be used (${said(cause)}). See that its disk has room, is sound and may be written, ` +
      "then start this node again."
  )
