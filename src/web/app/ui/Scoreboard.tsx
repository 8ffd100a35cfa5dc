import { useAtomValue } from "@effect-atom/atom-react"
import type { JSX } from "react"
import type { ScoreLine } from "../state.ts"
import * as state from "../state.ts"
import { Face, Icon } from "./marks.tsx"

const Score = ({ most, score }: { readonly score: number; readonly most: number | null }): JSX.Element =>
  most === null
    ? <span className="score-number">{score}</span>
    : (
      <span className="pips" role="img" aria-label={`${score} of ${most} points`}>
        {Array.from(
          { length: most },
          (_, index) => <i key={index} className={index < score ? "pip pip-full" : "pip"} />
        )}
      </span>
    )

const Line = ({ line, most }: { readonly line: ScoreLine; readonly most: number | null }): JSX.Element => (
  <li className={`line${line.own ? " line-own" : ""}${line.away ? " line-away" : ""}`}>
    <Face color={line.color} asleep={line.away} />
    <span className="line-name">
      <span className="line-text">{line.name}</span>
      {line.own && <span className="tag tag-own">you</span>}
      {line.hosts && (
        <span className="flag" title="This player's machine hosts the game">
          <Icon name="flag" />
          <span className="only-heard">hosts</span>
        </span>
      )}
      {line.away && <span className="tag">away</span>}
    </span>
    <Score score={line.score} most={most} />
    <span className="line-won">
      {line.gamesWon}
      <span className="only-heard">{line.gamesWon === 1 ? " round won" : " rounds won"}</span>
    </span>
  </li>
)

export const Scoreboard = (): JSX.Element => {
  const lines = useAtomValue(state.scores)
  const goal = useAtomValue(state.goal)
  const most = useAtomValue(state.scoreMax)
  return (
    <section className="scores" aria-labelledby="scores-title">
      <div className="scores-head">
        <h2 id="scores-title">Scores</h2>
        <span aria-hidden="true">Won</span>
      </div>
      {lines.length === 0
        ? <p className="quiet">Nobody plays yet.</p>
        : <ol>{lines.map((line) => <Line key={line.seat} line={line} most={most} />)}</ol>}
      {goal !== null && <p className="goal">{goal}</p>}
    </section>
  )
}
