/** What a group's leaders have noted in its log: that it is dissolved, and the newest word of whoever uses it. */
import { Packr } from "msgpackr"
import { GroupId } from "../../protocol/Ids.ts"
import type { Note } from "../../services/RaftGroup.ts"
import type { Notes } from "../raft/Applied.ts"

const kindDissolved = 0
const kindNote = 1

const packr = new Packr({ useRecords: false, copyBuffers: true })

export const dissolved = (into: GroupId): Uint8Array => Buffer.concat([Buffer.of(kindDissolved), Buffer.from(into)])
export const note = (body: Uint8Array): Uint8Array => Buffer.concat([Buffer.of(kindNote), body])

type Plain = readonly [into: string | null, term: number, body: Uint8Array | null]

export class GroupNotes implements Notes {
  /** The group that this one has given way to. */
  into: GroupId | null = null
  note: Note | null = null

  readonly apply: Notes["apply"] = ({ body, term }) => {
    const content = body.subarray(1)
    if (body[0] === kindNote) this.note = { term, body: content }
    // It happens once: what comes after it in the log is of no use to anybody.
    else if (body[0] === kindDissolved) this.into ??= GroupId.make(Buffer.from(content).toString())
  }

  readonly snapshot: Notes["snapshot"] = () =>
    packr.pack([this.into, this.note?.term ?? 0, this.note?.body ?? null] satisfies Plain)

  readonly restore: Notes["restore"] = (snapshot) => {
    if (snapshot.length === 0) return
    const [into, term, body] = packr.unpack(snapshot) as Plain
    this.into = into === null ? null : GroupId.make(into)
    this.note = body === null ? null : { term, body }
  }
}
