/** The page: a header, the field, and what is told beside it. */
import { useAtomValue } from "@effect-atom/atom-react"
import type { JSX } from "react"
import * as state from "../state.ts"
import { Field } from "./Field.tsx"
import { Header } from "./Header.tsx"
import { HostLine } from "./HostLine.tsx"
import { Lobby } from "./Lobby.tsx"
import { NodesPanel } from "./NodesPanel.tsx"
import { Scoreboard } from "./Scoreboard.tsx"

export const App = (): JSX.Element => {
  const { stance } = useAtomValue(state.presence)
  const spoken = useAtomValue(state.spoken)
  const inLobby = stance === "lobby" || stance === "elsewhere"
  return (
    <>
      <div className="page" inert={inLobby}>
        <Header />
        <main className="table">
          <Field />
          <aside className="side">
            <Scoreboard />
            <NodesPanel />
          </aside>
          <HostLine />
        </main>
      </div>
      {inLobby && <Lobby />}
      <p className="only-heard" role="log" aria-live="polite">{spoken}</p>
    </>
  )
}
