/**
 * `window.__hostless`: what the page knows, for tests in a browser. Read it, do not build on it: it changes as the page
 * does. Nothing secret is in it.
 */
import type { Registry } from "@effect-atom/atom-react"
import type * as Session from "../../core/screen/State.ts"
import type { LogView } from "../../protocol/Session.ts"
import type { RoomView } from "../../protocol/View.ts"
import type { Controller } from "./Controller.ts"
import * as state from "./state.ts"

export interface Exposed {
  /** The newest view that is shown, or null before the first. */
  readonly view: RoomView | null
  readonly epoch: number | null
  /** The Raft log that says who hosts, if one does. */
  readonly log: LogView | null
  /** The own seat, or null while it only watches. */
  readonly seat: number | null
  readonly stance: state.Stance
  readonly room: string | null
  readonly link: string
  /** What the banner says, or null for none. */
  readonly banner: string | null
  /** Where things are drawn now, by name. */
  readonly points: { readonly [name: string]: ReadonlyArray<number> }
  /** Milliseconds without a newer view. */
  readonly silentMs: number
  /** The own inputs: acknowledged number and hash, how many wait, how many acknowledgements were disputed. */
  readonly inputs: {
    readonly acknowledged: readonly [number, number]
    readonly waiting: number
    readonly disputed: number
  } | null
  readonly counters: Session.Counters & { readonly regressions: number }
  readonly pace: { readonly delayTicks: number; readonly leadTicks: number | null }
  /** As if the next delta had been lost on the way. */
  readonly dropBase: () => void
}

declare global {
  interface Window {
    __hostless?: Exposed
  }
}

export const exposeForTests = (controller: Controller, registry: Registry.Registry): void => {
  const { play } = controller
  window.__hostless = {
    get view() {
      return play.shown?.view ?? null
    },
    get epoch() {
      return play.shown?.epoch ?? null
    },
    get log() {
      return registry.get(state.cluster)?.log ?? null
    },
    get seat() {
      return play.seat
    },
    get stance() {
      return registry.get(state.presence).stance
    },
    get room() {
      return registry.get(state.presence).room
    },
    get link() {
      return registry.get(state.link).state
    },
    get banner() {
      const banner = registry.get(state.banner)
      return banner === null ? null : [banner.title, banner.detail].filter((text) => text !== null).join(" ")
    },
    get points() {
      return play.draw(performance.now())?.points ?? {}
    },
    get silentMs() {
      return performance.now() - play.viewedAtMs
    },
    get inputs() {
      const { ledger } = play
      return ledger === null ? null : {
        acknowledged: ledger.acknowledged,
        waiting: ledger.pending.length,
        disputed: ledger.disputed
      }
    },
    get counters() {
      return { ...controller.session.counters, regressions: controller.session.views.regressions }
    },
    get pace() {
      return play.pace
    },
    dropBase: () => controller.dropBase()
  }
}
