/** Who hosts, how far away that is, and how to play. */
import { useAtomValue } from "@effect-atom/atom-react"
import type { JSX } from "react"
import * as state from "../state.ts"
import { ms } from "./NodesPanel.tsx"

const Keys = (): JSX.Element => {
  const keys = useAtomValue(state.keys)
  if (keys !== null) return <p className="keys" aria-hidden="true">{keys}</p>
  return (
    <p className="keys" aria-hidden="true">
      <kbd>←</kbd>
      <kbd>↑</kbd>
      <kbd>↓</kbd>
      <kbd>→</kbd> or <kbd>W</kbd>
      <kbd>A</kbd>
      <kbd>S</kbd>
      <kbd>D</kbd> to move
    </p>
  )
}

export const HostLine = (): JSX.Element => {
  const cluster = useAtomValue(state.cluster)
  const pingMs = useAtomValue(state.pingMs)
  const link = useAtomValue(state.link)
  const host = cluster?.host ?? null
  const known = link.state === "open" && host !== null
  const roundTrip = pingMs === null || host === null ? null : pingMs + (host.rttMs ?? 0)
  return (
    <footer className="host-line">
      <p>
        <i className={`lamp lamp-${known ? "up" : "suspect"}`} aria-hidden="true" />
        {known
          ? (
            <span>
              <b>{host.self ? `This machine (${host.name})` : host.name}</b> hosts
            </span>
          )
          : <span>{link.state === "open" ? "No host right now" : "Not connected"}</span>}
        {known && roundTrip !== null && (
          <span className="round-trip" title="From this screen to the host and back">{ms(roundTrip)} round trip</span>
        )}
      </p>
      <Keys />
    </footer>
  )
}
