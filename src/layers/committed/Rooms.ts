/**
 * The rooms of the log that this node is in, as the state machine of that log. A node that gets into another group begins
 * with none, and folds that one's.
 */
import { Context, Effect, Layer } from "effect"
import { CommittedRooms, type Observer } from "../../core/CommittedRooms.ts"
import type { RoomState } from "../../core/Room.ts"
import { Command, CommittedSnapshot, type Outcome, Outcomes } from "../../protocol/Committed.ts"
import { encodeBody } from "../../protocol/Frame.ts"
import type { RoomId } from "../../protocol/Ids.ts"
import { bodyReader } from "../../protocol/Reading.ts"
import type { ReignRef } from "../../protocol/Reign.ts"
import { guard } from "../../protocol/Validation.ts"
import { CurrentGame } from "../../services/CurrentGame.ts"
import type { StateMachineService } from "../../services/StateMachine.ts"

const readCommand = bodyReader(Command)
const readOutcomes = bodyReader(Outcomes)
const readSnapshot = bodyReader(CommittedSnapshot)

export const encodeCommand = (command: Command): Uint8Array => encodeBody(command, "msgpack")
/** Empty where the log took it for none. */
export const decodeOutcomes = (bytes: Uint8Array): ReadonlyArray<Outcome> => readOutcomes(bytes) ?? []

/** Told of what happens to the present rooms, one thing after the other, synchronously. */
export interface RoomsWatcher extends Observer {
  /** A snapshot took the place of all that was folded. */
  readonly restored: (rooms: ReadonlyMap<RoomId, RoomState>) => void
  /** This node is in another log, of which it has folded nothing yet. */
  readonly begun: () => void
}

export interface RoomsService {
  /** The state machine of a log that this node gets into: from now on its rooms are the present ones. */
  readonly machine: () => StateMachineService
  readonly present: () => ReadonlyMap<RoomId, RoomState>
  /** The newest reign that is committed. */
  readonly reign: () => ReignRef | null
  /** Never ends. */
  readonly watch: (watcher: Partial<RoomsWatcher>) => void
}

export class Rooms extends Context.Tag("hostless/committed/Rooms")<Rooms, RoomsService>() {}

const none: ReadonlyMap<RoomId, RoomState> = new Map()

export const layer = Layer.effect(
  Rooms,
  Effect.map(CurrentGame, (game): RoomsService => {
    const isInput = guard(game.Input)
    const isState = guard(game.State)
    const watchers: Array<Partial<RoomsWatcher>> = []
    let present: CommittedRooms | null = null

    const machine = (): StateMachineService => {
      const tell = (what: (watcher: Partial<RoomsWatcher>) => void): void => {
        if (present === rooms) { for (const watcher of watchers) what(watcher) }
      }
      const rooms = new CommittedRooms(game, isInput, {
        folded: (state, event) => tell((watcher) => watcher.folded?.(state, event)),
        reigned: (reign, cause) => tell((watcher) => watcher.reigned?.(reign, cause))
      })
      present = rooms
      tell((watcher) => watcher.begun?.())
      return {
        apply: (bytes) => {
          const command = readCommand(bytes)
          return encodeBody(command === null ? [] : rooms.apply(command), "msgpack")
        },
        snapshot: () => encodeBody(rooms.snapshot(), "msgpack"),
        restore: (bytes) => {
          // Before the first command there is no state to speak of.
          if (bytes.length === 0) return
          const snapshot = readSnapshot(bytes)
          if (snapshot === null || !snapshot.rooms.every((room) => isState(room.game))) {
            throw new Error(`a snapshot that is none of rooms of ${game.name}`)
          }
          rooms.restore(snapshot)
          tell((watcher) => watcher.restored?.(rooms.rooms))
        }
      }
    }
    return {
      machine,
      present: () => present?.rooms ?? none,
      reign: () => present?.reign ?? null,
      watch: (watcher) => void watchers.push(watcher)
    }
  })
)
