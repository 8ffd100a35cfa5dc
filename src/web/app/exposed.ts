/**
 * `window.__hostless`: what the page knows, for tests in a browser. Read it, do not build on it: it changes as the page
 * does. Nothing secret is in it.
 */
import type { Registry } from "@effect-atom/atom-react"
import type { Controller } from "./Controller.ts"
import * as state from "./state.ts"

const exposed = (controller: Controller, registry: Registry.Registry) => ({
  /** The newest view that is shown, or null before the first. */
  get view() {
    return controller.play.shown?.view ?? null
  },
  get epoch() {
    return controller.play.shown?.epoch ?? null
  },
  /** The Raft log that says who hosts, if one does. */
  get log() {
    return registry.get(state.cluster)?.log ?? null
  },
  /** The own seat, or null while it only watches. */
  get seat() {
    return controller.play.seat
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
  /** What the banner says, or null for none. */
  get banner() {
    const banner = registry.get(state.banner)
    return banner === null ? null : [banner.title, banner.detail].filter((text) => text !== null).join(" ")
  },
  /** Where things are drawn now, by name. */
  get points() {
    return controller.play.draw(performance.now())?.points ?? {}
  },
  /** Milliseconds without a newer view. */
  get silentMs() {
    return performance.now() - controller.play.viewedAtMs
  },
  /** The own inputs: acknowledged number and hash, how many wait, how many acknowledgements were disputed. */
  get inputs() {
    const { ledger } = controller.play
    return ledger === null ? null : {
      acknowledged: ledger.acknowledged,
      waiting: ledger.pending.length,
      disputed: ledger.disputed
    }
  },
  get counters() {
    return { ...controller.session.counters, regressions: controller.session.views.regressions }
  },
  /** As if the next delta had been lost on the way. */
  dropBase: () => controller.dropBase()
})

declare global {
  interface Window {
    __hostless?: Readonly<ReturnType<typeof exposed>>
  }
}

export const exposeForTests = (controller: Controller, registry: Registry.Registry): void => {
  window.__hostless = exposed(controller, registry)
}
