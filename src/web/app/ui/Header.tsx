import { useAtomValue } from "@effect-atom/atom-react"
import { type JSX, useEffect, useRef, useState } from "react"
import * as state from "../state.ts"
import { useController } from "./context.ts"
import { Icon } from "./marks.tsx"

/** The code by which phones come to the shared page; nothing where the page is not shared. */
const Share = (): JSX.Element | null => {
  const controller = useController()
  const link = useAtomValue(state.link)
  const [shared, setShared] = useState(false)
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (link.state !== "open") return
    let current = true
    void fetch("/api/page", { cache: "no-store" })
      .then(async (response) => response.ok && ((await response.json()) as { readonly shared: boolean }).shared)
      .catch(() => false)
      .then((answer) => current && setShared(answer))
    return () => {
      current = false
    }
  }, [link.state])
  if (!shared) return null
  return (
    <>
      <button type="button" className="tool" onClick={() => dialog.current?.showModal()}>
        <Icon name="share" />
        <span>Invite</span>
      </button>
      <dialog ref={dialog} className="share" aria-labelledby="share-title">
        <h2 id="share-title">Play on another screen</h2>
        <p>Scan this with a phone or tablet in the same network.</p>
        <img src={controller.qrCode} alt="QR code of this page's address" width="280" height="280" />
        <form method="dialog">
          <button className="secondary">Close</button>
        </form>
      </dialog>
    </>
  )
}

const Sound = (): JSX.Element => {
  const controller = useController()
  const muted = useAtomValue(state.muted)
  return (
    <button
      type="button"
      className="tool"
      aria-pressed={muted}
      aria-label="Mute sounds"
      title={muted ? "Sounds are off" : "Sounds are on"}
      onClick={() => controller.setMuted(!muted)}
    >
      <Icon name={muted ? "silence" : "sound"} />
    </button>
  )
}

export const Header = (): JSX.Element => {
  const controller = useController()
  const node = useAtomValue(state.node)
  const { room, stance } = useAtomValue(state.presence)
  return (
    <header className="head">
      <p className="wordmark">
        <span className="wordmark-game">{node?.game ?? "hostless"}</span>
        {room !== null && <span className="wordmark-room">{room}</span>}
      </p>
      {stance === "watching" && (
        <button type="button" className="tool tool-call" onClick={() => controller.leave()}>Join the game</button>
      )}
      <nav className="tools" aria-label="Page">
        <Share />
        <Sound />
        {(stance === "playing" || stance === "joining") && (
          <button
            type="button"
            className="tool"
            onClick={() => controller.leave()}
          >
            <Icon name="leave" />
            <span>Leave</span>
          </button>
        )}
      </nav>
    </header>
  )
}
