/** The cluster's nodes as this one sees them, and the hosts that the game has outlived. */
import { useAtomValue } from "@effect-atom/atom-react"
import type { JSX } from "react"
import type { HostChanged, NodeView } from "../../../protocol/Session.ts"
import * as state from "../state.ts"

/** A duration as people read it. */
export const ms = (value: number): string =>
  value < 1 ? "< 1 ms" : value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`

const stateWords = { up: "up", suspect: "silent", down: "gone" } as const

const Node = ({ node }: { readonly node: NodeView }): JSX.Element => (
  <tr className={node.state === "down" ? "node-down" : ""}>
    <th scope="row">
      <i className={`lamp lamp-${node.state}`} aria-hidden="true" />
      <span className="node-name">{node.name}</span>
      {node.self && <span className="tag tag-own">this one</span>}
    </th>
    <td>{node.role === "host" ? <b>host</b> : "peer"}</td>
    <td className="number">{node.epoch ?? "–"}</td>
    <td className="number">{node.self ? "–" : node.rttMs === null ? "…" : ms(node.rttMs)}</td>
    <td>{stateWords[node.state]}</td>
  </tr>
)

const causes: { readonly [cause in HostChanged["cause"]]: string } = {
  start: "began",
  crash: "crash",
  silence: "silence",
  handover: "handover",
  heal: "healed"
}

const Reign = ({ reign }: { readonly reign: HostChanged }): JSX.Element => (
  <li>
    <b>{reign.to.name}</b>
    <span>
      {causes[reign.cause]}
      {reign.interregnumMs !== null && reign.cause !== "start" && `, ${ms(reign.interregnumMs)}`}
    </span>
  </li>
)

const openAtFirst = matchMedia("(min-width: 900px)").matches

export const NodesPanel = (): JSX.Element => {
  const cluster = useAtomValue(state.cluster)
  const node = useAtomValue(state.node)
  const reigns = useAtomValue(state.reigns)
  const nodes = cluster?.nodes ?? []
  const log = cluster?.log ?? null
  const up = nodes.filter((one) => one.state === "up").length
  return (
    <details className="nodes" open={openAtFirst}>
      <summary>
        <h2>Nodes</h2>
        <span className="nodes-count">{up} up</span>
      </summary>
      <div className="nodes-body">
        <p className="quiet">
          Cluster “{node?.cluster ?? "…"}”. Any of these can host; the game goes on when one goes.
        </p>
        {log !== null && (
          <p className="quiet">
            Raft: term {log.term}, {log.voters} {log.voters === 1 ? "voter" : "voters"}, log committed up to{" "}
            {log.index}.
          </p>
        )}
        <div className="nodes-scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">Node</th>
                <th scope="col">Role</th>
                <th scope="col" className="number">Epoch</th>
                <th scope="col" className="number">Round trip</th>
                <th scope="col">Link</th>
              </tr>
            </thead>
            <tbody>{nodes.map((one) => <Node key={one.peerId} node={one} />)}</tbody>
          </table>
        </div>
        {reigns.length > 0 && (
          <>
            <h3>Hosts since you came</h3>
            <ol className="reigns">{reigns.map((reign) => <Reign key={reign.epoch} reign={reign} />)}</ol>
          </>
        )}
      </div>
    </details>
  )
}
