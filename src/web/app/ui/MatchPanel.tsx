/** What stands between players and a match, over the field: who is ready, the countdown, who is waited for, who has won. */
import { useAtomValue } from "@effect-atom/atom-react"
import type { JSX, ReactNode } from "react"
import { listed, type MatchPlayer, type MatchShown } from "../play/MatchShown.ts"
import * as state from "../state.ts"
import { useController } from "./context.ts"
import { Face } from "./marks.tsx"

const Player = ({ mark, player }: { readonly player: MatchPlayer; readonly mark: string }): JSX.Element => (
  <li className={`match-player${player.ready ? " match-ready" : ""}${player.away ? " match-away" : ""}`}>
    <Face color={player.color} asleep={player.away} />
    <span className="match-name">{player.name}</span>
    <span className="match-mark">{player.away ? "away" : player.ready ? mark : "…"}</span>
  </li>
)

const Players = ({ mark, match }: { readonly match: MatchShown; readonly mark: string }): JSX.Element => (
  <ul className="match-players">
    {match.players.map((player) => <Player key={player.seat} player={player} mark={mark} />)}
    {Array.from({ length: match.missing }, (_, i) => (
      <li key={`missing-${i}`} className="match-player match-missing">
        <i className="match-gap" aria-hidden="true" />
        <span className="match-name">waiting for a player</span>
      </li>
    ))}
  </ul>
)

const Ready = ({ again, match }: { readonly match: MatchShown; readonly again: boolean }): JSX.Element | null => {
  const controller = useController()
  if (!match.seated) return <p className="match-note">You are watching.</p>
  const others = match.players.filter(({ away, own, ready }) => !own && !away && !ready)
  const waiting = match.missing > 0 ? "Waiting for players." : `Waiting for ${listed(others.map(({ name }) => name))}.`
  return (
    <>
      <button
        type="button"
        className={match.wants ? "secondary" : "primary"}
        aria-pressed={match.wants}
        onClick={() => controller.wantMatch(!match.wants)}
      >
        {match.wants ? "Not yet" : again ? "Rematch" : "I am ready"}
      </button>
      {match.wants && (others.length > 0 || match.missing > 0) && <p className="match-note">{waiting}</p>}
    </>
  )
}

const Card = ({ children, title }: { readonly title: string; readonly children: ReactNode }): JSX.Element => (
  <section className="match-card" role="status">
    <h2>{title}</h2>
    {children}
  </section>
)

const Count = ({ from, word }: { readonly from: number; readonly word: string }): JSX.Element => (
  <div className="match-count" role="timer" aria-label={`${word} in ${from}`}>
    <span>{word}</span>
    <b key={from}>{from}</b>
  </div>
)

const Panel = ({ match }: { readonly match: MatchShown }): JSX.Element | null => {
  switch (match.stage) {
    case "lobby":
      return (
        <Card title={match.missing > 0 ? "Waiting for opponents" : "Ready?"}>
          {match.absent.length > 0 && (
            <p className="match-absent" role="alert">{listed(match.absent)} did not answer, so nobody has begun.</p>
          )}
          <Players match={match} mark="ready" />
          <Ready match={match} again={false} />
        </Card>
      )
    case "starting":
      return (
        <Card title="Asking everybody">
          <Players match={match} mark="yes" />
        </Card>
      )
    case "countdown":
      return <Count from={match.secondsLeft ?? 0} word="Get ready" />
    case "resuming":
      return <Count from={match.secondsLeft ?? 0} word="Going on" />
    case "frozen":
      return (
        <Card title={`Waiting for ${listed(match.awaited)}`}>
          <p className="match-note">The game stands still for everybody, and goes on where it is.</p>
        </Card>
      )
    case "over":
      return (
        <Card
          title={match.winner === null
            ? "The match is over"
            : match.winner.own
            ? "You win!"
            : `${match.winner.name} wins`}
        >
          <Players match={match} mark="rematch" />
          <Ready match={match} again />
        </Card>
      )
    case "playing":
      return null
  }
}

export const MatchPanel = (): JSX.Element | null => {
  const match = useAtomValue(state.match)
  const { stance } = useAtomValue(state.presence)
  if (match === null || stance === "lobby" || stance === "elsewhere") return null
  return (
    <div className={`match match-${match.stage}`}>
      <Panel match={match} />
    </div>
  )
}
