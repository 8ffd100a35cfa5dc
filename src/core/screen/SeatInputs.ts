/**
 * The inputs of a seat that a screen plays, from what its views say of them: they are numbered from where the room has the
 * seat, said again to every new host, and follow whichever lineage goes on.
 */
import type { SeatId } from "../../protocol/Ids.ts"
import { inputsPerMessageMax } from "../../protocol/Input.ts"
import * as InputLedger from "../InputLedger.ts"
import type { ReceivedView } from "./Views.ts"

export interface SeatInputs {
  readonly seat: SeatId
  /** Of the newest view; 0 before the first. */
  readonly epoch: number
  /** Null until a view has the seat. */
  readonly ledger: InputLedger.Ledger | null
}

/**
 * `none`: the view does not have the seat. `adopted`: the first view that has it. `old`: another lineage goes on, in which
 * the seat had said less; it follows on that.
 */
export type Hearing = "none" | "adopted" | InputLedger.Verdict

export const of = (seat: SeatId): SeatInputs => ({ seat, epoch: 0, ledger: null })

/** Hears what a newer view says of the seat. */
export const viewed = (
  inputs: SeatInputs,
  { epoch, view }: ReceivedView
): readonly [inputs: SeatInputs, hearing: Hearing] => {
  const acknowledged = view.acks[inputs.seat]
  const known = inputs.ledger !== null && epoch !== inputs.epoch
    ? InputLedger.sendAgain(inputs.ledger)
    : inputs.ledger
  if (acknowledged === undefined) return [{ ...inputs, epoch, ledger: known }, "none"]
  if (known === null) {
    return [{ ...inputs, epoch, ledger: InputLedger.make(inputsPerMessageMax, acknowledged) }, "adopted"]
  }
  const [ledger, verdict] = InputLedger.acknowledge(known, acknowledged)
  // Views do not go back within an epoch.
  return [{ ...inputs, epoch, ledger: verdict === "old" ? InputLedger.rebase(ledger, acknowledged) : ledger }, verdict]
}
