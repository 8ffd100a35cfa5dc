/** The seats of this node's screens: each is held by a fiber of its own, and a token plays at one screen only. */
import { Effect, Fiber, FiberSet, Stream } from "effect"
import type { ScreenMessage } from "../../protocol/Session.ts"
import { GameClient, type SeatError } from "../../services/GameClient.ts"
import { encode, type Screen } from "./Screen.ts"
import { SeatAudit } from "./SeatAudit.ts"

export type Join = Extract<ScreenMessage, { readonly _tag: "join" }>
export type SeatJoin = Join & { readonly seat: NonNullable<Join["seat"]> }

const refusals: { readonly [reason in SeatError["reason"]]: string } = {
  "full": "All seats of this room are taken.",
  "started": "A match is being played in this room: wait for its end, or watch.",
  "no-room": "This room is not there any more.",
  "too-many-rooms": "There are as many rooms as this cluster carries: play in one of them.",
  "version": "This node and what it plays through speak different versions.",
  "token": "This seat is played in another window now."
}

export const make = Effect.gen(function*() {
  const client = yield* GameClient
  const run = yield* FiberSet.makeRuntime<never>()
  const seatFibers = new Map<Screen, Fiber.RuntimeFiber<void>>()
  const playing = new Map<string, Screen>()

  /**
   * The screen has no seat any more, nor waits for one, from now on. The effect ends its seat fiber, and with it its hold on
   * the seat: the host keeps it for a while.
   */
  const releaseSeat = (screen: Screen): Effect.Effect<unknown> => {
    if (screen.token !== null && playing.get(screen.token) === screen) playing.delete(screen.token)
    screen.token = null
    screen.seating = null
    const fiber = seatFibers.get(screen)
    seatFibers.delete(screen)
    return fiber === undefined ? Effect.void : Fiber.interrupt(fiber)
  }

  const holdSeat = (screen: Screen, { room, seat, subscription }: SeatJoin) =>
    client.take(room, seat).pipe(
      Effect.flatMap((held) =>
        Effect.zipRight(
          Stream.runForEach(held.seats, (number) =>
            Effect.sync(() => {
              screen.seat({ token: seat.token, held, seat: number, audit: new SeatAudit() })
              screen.send(encode({ _tag: "seated", subscription, room, seat: number }))
            })),
          Effect.never
        )
      ),
      Effect.catchTag("SeatError", ({ reason }) =>
        Effect.sync(() =>
          screen.send(encode({ _tag: "refused", subscription, reason, detail: refusals[reason] }))
        )),
      Effect.scoped
    )

  /** A token plays at one screen only: the newest. */
  const takeSeat = (screen: Screen, join: SeatJoin): void => {
    const { seat } = join
    const other = playing.get(seat.token)
    let released = releaseSeat(screen)
    if (other !== undefined && other !== screen) {
      const { subscription } = other
      other.send(encode({ _tag: "refused", subscription, reason: "token", detail: refusals.token }))
      released = Effect.zipRight(released, releaseSeat(other))
    }
    screen.token = seat.token
    playing.set(seat.token, screen)
    // Whoever interrupts this one waits with it: of those that come in one moment each ends before the next one begins.
    seatFibers.set(screen, run(Effect.zipRight(Effect.uninterruptible(released), holdSeat(screen, join))))
  }

  return {
    take: takeSeat,
    release: (screen: Screen): void => void run(releaseSeat(screen)),
    /** The screen gives its seat up for good. */
    leave: (screen: Screen): void =>
      void run(Effect.zipRight(screen.seating?.held.leave ?? Effect.void, releaseSeat(screen)))
  }
})
