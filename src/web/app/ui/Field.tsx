/** Where the game is drawn and touched, with the banner above it. */
import { useAtomValue } from "@effect-atom/atom-react"
import { type CSSProperties, type JSX, useEffect, useRef, useState } from "react"
import { stickRadius, type Thumb } from "../controls/Controls.ts"
import * as state from "../state.ts"
import { Banner } from "./Banner.tsx"
import { useController } from "./context.ts"
import { MatchPanel } from "./MatchPanel.tsx"

const Stick = ({ thumb }: { readonly thumb: Thumb }): JSX.Element => (
  <div
    className="stick"
    aria-hidden="true"
    style={{ left: thumb.x, top: thumb.y, width: 2 * stickRadius, height: 2 * stickRadius }}
  >
    <i style={{ transform: `translate(${thumb.dx}px, ${thumb.dy}px)` }} />
  </div>
)

export const Field = (): JSX.Element => {
  const controller = useController()
  const aspect = useAtomValue(state.aspect)
  const sceneError = useAtomValue(state.sceneError)
  const hasView = useAtomValue(state.hasView)
  const { stance } = useAtomValue(state.presence)
  const hands = useAtomValue(state.hands)
  const canvas = useRef<HTMLDivElement>(null)
  const surface = useRef<HTMLDivElement>(null)
  const [thumb, setThumb] = useState<Thumb | null>(null)
  useEffect(() => controller.place(canvas.current!), [controller])
  useEffect(() => {
    controller.controls.onThumb = setThumb
    return hands === "directions" ? controller.controls.surface(surface.current!) : undefined
  }, [controller, hands])
  return (
    <div className="play" ref={surface}>
      <div className="board" style={{ "--aspect": aspect } as CSSProperties}>
        <div className="canvas" ref={canvas} role="group" aria-label="The play field" />
        {sceneError !== null && <p className="board-note" role="alert">{sceneError}</p>}
        {sceneError === null && !hasView && <p className="board-note">Waiting for the game…</p>}
        <MatchPanel />
        <Banner />
      </div>
      {stance === "playing" && hands === "directions" && (
        <p className="pad-hint" aria-hidden="true">Touch anywhere and pull</p>
      )}
      {thumb !== null && <Stick thumb={thumb} />}
    </div>
  )
}
