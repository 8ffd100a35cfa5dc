/** The step function of a screen's session: one input in, the next state and what it wants done out. No clock, no I/O. */
import type { RoomId, SeatId } from "../../protocol/Ids.ts"
import type { NodeMessage, Welcome } from "../../protocol/Session.ts"
import * as HeldSeat from "./HeldSeat.ts"
import * as Losses from "./Losses.ts"
import { type Input, missingMs, type Output, type Player, type Seat, seatIn, type State } from "./State.ts"
import * as Views from "./Views.ts"

type Message<Tag extends NodeMessage["_tag"]> = Extract<NodeMessage, { readonly _tag: Tag }>

/** The state so far, and what is wanted so far. */
class Draft {
  readonly outputs: Array<Output> = []

  constructor(public state: State, readonly nowMs: number) {}

  set(changed: Partial<State>): void {
    this.state = { ...this.state, ...changed }
  }

  out(output: Output): void {
    this.outputs.push(output)
  }

  count(name: keyof State["counters"]): void {
    this.set({ counters: { ...this.state.counters, [name]: this.state.counters[name] + 1 } })
  }

  /** Begins a subscription, if there is somebody to begin it with. */
  join(): void {
    const { isWelcome, options: { version }, room, seat } = this.state
    if (!isWelcome || room === null) return
    const subscription = this.state.subscription + 1
    this.set({ subscription })
    const player = seat === null ? null : { token: seat.token, profile: seat.profile }
    this.out({ _tag: "send", message: { _tag: "join", version, subscription, room, seat: player } })
  }
}

/** `nowMs`: monotonic, in milliseconds. */
export const step = (
  state: State,
  input: Input,
  nowMs: number
): { readonly state: State; readonly outputs: ReadonlyArray<Output> } => {
  const draft = new Draft(state, nowMs)
  switch (input._tag) {
    case "connected":
      draft.set({ isWelcome: false, views: Views.reconnect(state.views) })
      break
    case "received":
      receive(draft, input.message)
      break
    case "enter":
      enter(draft, input.room, input.player)
      break
    case "leave":
      draft.set({ seat: null })
      draft.out({ _tag: "send", message: { _tag: "leave" } })
      break
    case "wake":
      break
  }
  tellSetBack(draft)
  return { state: draft.state, outputs: draft.outputs }
}

const enter = (draft: Draft, room: RoomId, player: Player | null): void => {
  const { room: before, seat, subscription } = draft.state
  if (room !== before) {
    draft.set({ room, since: subscription + 1, views: Views.none, losses: Losses.none, seat: null })
  }
  draft.set({ seat: player === null ? null : seat?.token === player.token && room === before ? seat : taking(player) })
  draft.join()
}

const taking = ({ profile, token }: Player): Seat => ({
  token,
  profile,
  held: HeldSeat.asked,
  looks: { name: profile.name, color: null },
  isRetold: false
})

// ------------------------------------------------------------------ messages

const receive = (draft: Draft, message: NodeMessage): void => {
  const { since, subscription } = draft.state
  switch (message._tag) {
    case "welcome":
      return welcomed(draft, message)
    case "snapshot":
    case "delta":
      if (message.subscription >= since) viewed(draft, message)
      return
    case "lost":
      if (message.subscription < since) return
      draft.set({ losses: Losses.told(draft.state.losses, draft.nowMs) })
      return draft.out({ _tag: "lost", lost: message })
    case "seated":
      if (message.subscription === subscription) seated(draft, message.seat)
      return
    case "refused":
      if (message.subscription === subscription) refused(draft, message)
      return
    default:
      draft.out({ _tag: "passed", message })
  }
}

const welcomed = (draft: Draft, node: typeof Welcome.Type): void => {
  const { node: before, subscription } = draft.state
  if (before !== null && before.game !== node.game) return draft.out({ _tag: "stranger", game: node.game })
  // What was said on the connection before is over, too.
  draft.set({ node, isWelcome: true, since: subscription + 1 })
  draft.out({ _tag: "welcomed", node })
  draft.join()
}

const viewed = (draft: Draft, message: Message<"snapshot" | "delta">): void => {
  const { options, views: before } = draft.state
  const [views, reception] = Views.receive(before, message, draft.nowMs, options.isView)
  draft.set({ views })
  if (reception === "resync") {
    draft.count("resyncs")
    draft.out({ _tag: "send", message: { _tag: "resync" } })
  }
  const { shown } = views
  if (reception !== "shown" || shown === null) return draft.count("dropped")
  draft.count("views")
  if (before.shown !== null && Views.isSetBack(before.shown.view, shown.view)) {
    draft.set({ losses: Losses.setBack(draft.state.losses, before.shown.view.clock, draft.nowMs) })
  }
  lookForSeat(draft, shown)
  draft.out({ _tag: "viewed", shown })
}

const lookForSeat = (draft: Draft, { view }: Views.ReceivedView): void => {
  const { seat } = draft.state
  if (seat === null || seat.held.seat === null) return
  const found = seatIn(draft.state, view)
  const looks = found === null ? seat.looks : view.seats[found]!.profile
  const standing: HeldSeat.Standing = found === null ? { _tag: "missing" } : { _tag: "here", seat: found }
  const [held, wanted] = HeldSeat.look(seat.held, standing, draft.nowMs, missingMs)
  draft.set({ seat: { ...seat, held, looks, isRetold: seat.isRetold && found === null } })
  if (wanted === "ask") draft.join()
}

const seated = (draft: Draft, number: SeatId): void => {
  const { seat } = draft.state
  if (seat === null) return
  const isRetold = seat.held.seat === number && seat.looks.color === null
  const looks = { ...seat.looks, color: null }
  draft.set({ seat: { ...seat, held: HeldSeat.told(seat.held, number), looks, isRetold } })
  draft.out({ _tag: "seated", seat: number })
}

const refused = (draft: Draft, { detail, reason }: Message<"refused">): void => {
  draft.set({ seat: null })
  draft.out({ _tag: "refused", reason, detail })
}

const tellSetBack = (draft: Draft): void => {
  const [losses, clock] = Losses.due(draft.state.losses, draft.nowMs)
  draft.set({ losses })
  const { shown } = draft.state.views
  if (clock !== null && shown !== null) draft.out({ _tag: "set-back", clock, shown })
}
