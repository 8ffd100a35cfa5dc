/**
 * What the banner says: calmly, what has happened to the game's host and what it meant. Nothing, most of the time.
 */
import type { HostChanged, Lost } from "../../../protocol/Session.ts"
import type { LinkState } from "../net/Connection.ts"
import { waitingAfterMs } from "./Play.ts"

/** `wait`: the game stands still. `good`: it goes on. `loss`: it goes on, and something is gone. */
export interface Banner {
  readonly kind: "wait" | "good" | "loss"
  readonly title: string
  readonly detail: string | null
  readonly scores: Lost["scores"]
}

export interface Situation {
  readonly link: LinkState
  /** The node that the page is moving to. */
  readonly movingTo: string | null
  /** Milliseconds without a view, or null before the first. */
  readonly silentMs: number | null
  /** Null while there is none. */
  readonly host: string | null
  /** A broker that is away, or null. */
  readonly waitsFor: string | null
  /** Whether the node has told of its cluster since the connection was opened. */
  readonly told: boolean
  readonly changed: { readonly notice: HostChanged; readonly atMs: number } | null
  readonly lost: { readonly notice: Lost; readonly atMs: number } | null
}

/** How long it is told that the game goes on, and what was lost. */
export const goodForMs = 6_000
export const lossForMs = 15_000

const wait = (title: string, detail: string | null = null): Banner => ({ kind: "wait", title, detail, scores: [] })

const left = (cause: HostChanged["cause"], name: string): string =>
  cause === "silence" ? `${name}'s machine fell silent.` : `${name}'s machine went away.`

const hosts = ({ name, self }: HostChanged["to"]): string => self ? "This machine hosts now." : `${name}'s hosts now.`

const afterChange = (notice: HostChanged): Banner | null => {
  const { cause, from, nothingLost, to } = notice
  const good = (title: string, detail: string | null): Banner => ({ kind: "good", title, detail, scores: [] })
  const kept = nothingLost ? "Nothing was lost." : null
  switch (cause) {
    case "start":
      return null
    case "handover":
      return good(`${to.self ? "This machine" : to.name} hosts now — handed over without a break.`, null)
    case "heal":
      return good(`The network is whole again. ${hosts(to)}`, kept)
    default:
      return good(`${from === null ? "The host went away." : left(cause, from.name)} ${hosts(to)}`, kept)
  }
}

const seconds = ({ tickRate, ticks }: Lost): string => {
  const s = ticks / tickRate
  return s < 1 ? "less than a second" : s < 1.5 ? "a second" : `${Math.round(s)} seconds`
}

const afterLoss = (notice: Lost): Banner => ({
  kind: "loss",
  title: "The network is whole again, and the other side's game goes on.",
  detail: notice.ticks === 0 ? null : `What was played here in the last ${seconds(notice)} is gone.`,
  scores: notice.scores.filter(({ after, before }) => before !== after)
})

/** The banner of a situation, or null for none. */
export const bannerOf = (situation: Situation, nowMs: number): Banner | null => {
  const { changed, host, link, lost, movingTo, silentMs, told, waitsFor } = situation
  if (link === "moving") return wait(`This node is gone. Moving to ${movingTo ?? "another"}…`, "Your seat comes along.")
  if (link === "stale") {
    return wait("This node was started anew.", "Open the address that it printed, to play on.")
  }
  if (link === "lost") {
    return wait("The connection to this node is gone. Trying again…", "Your seat is kept for a while.")
  }
  if (link !== "open" || silentMs === null) return null
  if (waitsFor !== null) {
    return wait("The message broker is away. Everybody waits for it…", "Nothing is lost. Play goes on when it is back.")
  }
  if (silentMs > waitingAfterMs || (told && host === null)) {
    return host === null || !told
      ? wait("The host is gone. Finding another…", "Your seat and the score are kept.")
      : wait(`Waiting for ${host}…`, "No view has come for a moment.")
  }
  if (lost !== null && nowMs - lost.atMs < lossForMs) return afterLoss(lost.notice)
  if (changed !== null && nowMs - changed.atMs < goodForMs) return afterChange(changed.notice)
  return null
}
