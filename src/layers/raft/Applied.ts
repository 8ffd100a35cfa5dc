/** The state machine with its table of sessions before it, and both as one snapshot. */
import { Schema } from "effect"
import { Packr } from "msgpackr"
import type { Entry, Snapshot } from "../../core/raft/Entry.ts"
import { type Bounds, Sessions } from "../../core/raft/Sessions.ts"
import { guard } from "../../protocol/Validation.ts"
import type { StateMachineService } from "../../services/StateMachine.ts"
import { parse } from "./Command.ts"
import type { CommittedWindow } from "./CommittedWindow.ts"
import type { ProposalWindow } from "./ProposalWindow.ts"

/** Whoever runs the log, and what leaders have noted there for it. As with a state machine: no clock, no chance. */
export interface Notes {
  /** `term`: of the leader that noted it; there is one in a term. */
  readonly apply: (note: { readonly index: number; readonly term: number; readonly body: Uint8Array }) => void
  readonly snapshot: () => Uint8Array
  readonly restore: (snapshot: Uint8Array) => void
}

const nothing = new Uint8Array(0)

/** Of a log in which nobody notes anything. */
const noNotes: Notes = { apply: () => {}, snapshot: () => nothing, restore: () => {} }

const packr = new Packr({ useRecords: false, copyBuffers: true })

const Bytes = Schema.Uint8ArrayFromSelf
const Count = Schema.NonNegativeInt
const Session = Schema.Tuple(Schema.String, Count, Schema.Array(Schema.Tuple(Count, Bytes)))
/** The sessions, the machine's state, the notes. */
const isState = guard(Schema.Tuple(Schema.Array(Session), Bytes, Bytes))

/** A snapshot's content; null where the bytes are none. An empty one stands for the state before the first command. */
export const decodeState = (bytes: Uint8Array) => {
  try {
    const state: unknown = packr.unpack(bytes)
    return isState(state) ? state : null
  } catch {
    return null
  }
}

export class Applied {
  /** Everything up to here is in the state. */
  index = 0
  /** Of commands, since the last snapshot was made or taken. */
  bytes = 0
  private sessions: Sessions<Uint8Array>

  constructor(
    private readonly machine: StateMachineService,
    private readonly bounds: Bounds,
    /** Who waits for what is applied, and where it is told. */
    private readonly proposals: ProposalWindow,
    private readonly committed: CommittedWindow,
    private readonly notes: Notes = noNotes
  ) {
    this.sessions = new Sessions([], bounds)
  }

  apply(entry: Entry): void {
    this.index = entry.index
    if (entry._tag !== "command") return
    this.bytes += entry.data.length
    const command = parse(entry.data)
    if (command === null) return
    if (command._tag === "note") {
      return this.notes.apply({ index: entry.index, term: entry.term, body: command.body })
    }
    if (command._tag === "open") {
      this.sessions.open(String(entry.index))
      return this.proposals.opened(command.nonce, entry.index)
    }
    const { acknowledged, body, number, session } = command
    const numbered = { session: String(session), number, acknowledged }
    const admission = this.sessions.admit(numbered)
    switch (admission._tag) {
      case "new": {
        const result = this.machine.apply(body)
        this.sessions.settle(numbered, result)
        this.committed.add({ _tag: "command", index: entry.index, command: body, result })
        return this.proposals.settled(session, number, result)
      }
      case "repeated":
        return this.proposals.settled(session, number, admission.result)
      case "unknown-session":
        return this.proposals.unknownSession(session)
      case "acknowledged":
      case "too-far-ahead":
        return
    }
  }

  snapshot(): Uint8Array {
    this.bytes = 0
    return packr.pack([this.sessions.plain(), this.machine.snapshot(), this.notes.snapshot()])
  }

  restore({ data, index }: Snapshot): void {
    const state = decodeState(data)
    if (state === null) throw new Error(`the snapshot at ${index} is none of a state machine with sessions`)
    this.index = index
    this.bytes = 0
    const [sessions, machine, notes] = state
    this.sessions = new Sessions(sessions, this.bounds)
    this.machine.restore(machine)
    this.notes.restore(notes)
    this.committed.add({ _tag: "snapshot", index })
    this.proposals.restored(sessions)
  }
}
