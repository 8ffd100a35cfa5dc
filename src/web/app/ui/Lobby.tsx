/** Before the game: a name, a colour, a room. The game goes on behind it. */
import { useAtomValue } from "@effect-atom/atom-react"
import { type CSSProperties, type FormEvent, type JSX, type ReactNode, useEffect, useId, useState } from "react"
import type { RoomId } from "../../../protocol/Ids.ts"
import type { Stage } from "../../../protocol/Match.ts"
import type { RoomSummary } from "../../../protocol/Session.ts"
import type { RoomOptions } from "../../Scene.ts"
import * as Place from "../net/Place.ts"
import * as state from "../state.ts"
import { playerColors } from "../theme.ts"
import { useController } from "./context.ts"
import { Face } from "./marks.tsx"

const nameMax = 16

/** What may be a room's name of what was typed. */
const roomName = (typed: string): string =>
  typed.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 32)

const plainName = (typed: string): string => typed.replace(/\p{C}/gu, "").trim().slice(0, nameMax)

/** The remembered colour if nobody has it, else the first that is free. */
const firstFree = (wanted: string | null, taken: ReadonlySet<string>): string =>
  wanted !== null && !taken.has(wanted)
    ? wanted
    : playerColors.find(({ color }) => !taken.has(color))?.color ?? wanted ?? playerColors[0]!.color

const Colors = ({ color, choose, taken }: {
  readonly color: string
  readonly choose: (color: string) => void
  readonly taken: ReadonlySet<string>
}): JSX.Element => {
  const allTaken = playerColors.every((one) => taken.has(one.color))
  return (
    <fieldset className="colors">
      <legend>Colour</legend>
      <div className="swatches">
        {playerColors.map((one) => (
          <label key={one.color} className="swatch" title={taken.has(one.color) ? `${one.name}, taken` : one.name}>
            <input
              type="radio"
              name="color"
              value={one.color}
              checked={color === one.color}
              disabled={taken.has(one.color) && !allTaken}
              onChange={() =>
                choose(one.color)}
              aria-label={one.name}
            />
            <Face color={one.color} asleep={taken.has(one.color) && !allTaken} />
          </label>
        ))}
      </div>
    </fieldset>
  )
}

/** What the maker of a room may choose. */
const Options = ({ chosen, options, set }: {
  readonly options: RoomOptions
  readonly chosen: RoomOptions["defaults"]
  readonly set: (chosen: RoomOptions["defaults"]) => void
}): JSX.Element => (
  <div className="room-options">
    {options.choices.map(({ choices, label, option }) => (
      <label key={option}>
        <span>{label}</span>
        <select
          value={choices.findIndex(({ value }) => value === chosen[option])}
          onChange={(event) => set({ ...chosen, [option]: choices[Number(event.currentTarget.value)]!.value })}
        >
          {choices.map((one, index) => <option key={one.label} value={index}>{one.label}</option>)}
        </select>
      </label>
    ))}
  </div>
)

const stages: { readonly [stage in Stage]?: string } = {
  starting: "starting",
  countdown: "starting",
  playing: "playing",
  frozen: "playing",
  resuming: "playing"
}

const Rooms = ({ choose, chosen, children, opened, rooms, setOpened }: {
  /** What else is to be said of a new room. */
  readonly children: ReactNode
  readonly rooms: ReadonlyArray<RoomSummary>
  readonly chosen: string | null
  readonly choose: (room: string | null) => void
  readonly opened: string
  readonly setOpened: (name: string) => void
}): JSX.Element => {
  const id = useId()
  return (
    <fieldset className="rooms">
      <legend>Room</legend>
      <div className="room-list">
        {rooms.map(({ players, room, seatsMax, stage }) => (
          <label key={room} className="room">
            <input type="radio" name="room" checked={chosen === room} onChange={() => choose(room)} />
            <span className="room-name">{room}</span>
            <span className="room-count">
              {stages[stage ?? "lobby"] ?? (players >= seatsMax ? "full" : `${players} of ${seatsMax}`)}
            </span>
          </label>
        ))}
        <label className="room room-new">
          <input type="radio" name="room" checked={chosen === null} onChange={() => choose(null)} />
          <span className="room-name">New room</span>
        </label>
      </div>
      {chosen === null && (
        <div className="field-line">
          <label htmlFor={id} className="only-heard">Name of the new room</label>
          <input
            id={id}
            value={opened}
            maxLength={32}
            placeholder="its name"
            autoComplete="off"
            autoFocus
            required
            onChange={(event) => setOpened(event.currentTarget.value)}
          />
          {children}
        </div>
      )}
    </fieldset>
  )
}

const JoinForm = (): JSX.Element => {
  const controller = useController()
  const cluster = useAtomValue(state.cluster)
  const node = useAtomValue(state.node)
  const goal = useAtomValue(state.goal)
  const presence = useAtomValue(state.presence)
  const takenColors = useAtomValue(state.takenColors)
  const remembered = useState(Place.profile)[0]
  const [name, setName] = useState(remembered?.name ?? "")
  const [wanted, setWanted] = useState(remembered?.color ?? null)
  const [chosen, setChosen] = useState<string | null | undefined>(undefined)
  const [opened, setOpened] = useState("")
  const roomOptions = useAtomValue(state.roomOptions)
  const [options, setOptions] = useState<RoomOptions["defaults"]>({})
  const wished = roomOptions === null ? null : { ...roomOptions.defaults, ...options }
  const id = useId()
  const rooms = cluster?.rooms ?? []
  const room = chosen === undefined ? presence.room ?? rooms[0]?.room ?? "main" : chosen
  const taken = new Set(takenColors)
  const color = firstFree(wanted, taken)
  const target = room ?? roomName(opened)
  const ready = node !== null && target !== ""

  useEffect(() => {
    if (room !== null) controller.preview(room as RoomId)
  }, [controller, room])

  const title = node?.game ?? "…"
  const play = (event: FormEvent): void => {
    event.preventDefault()
    const plain = plainName(name)
    if (ready && plain !== "") {
      controller.join(target as RoomId, { name: plain, color }, room === null ? wished : null)
    }
  }
  return (
    <form className="card" onSubmit={play} aria-labelledby={`${id}-title`}>
      <div className="card-head">
        <h1 id={`${id}-title`} style={{ "--letters": title.length } as CSSProperties}>{title}</h1>
        <p>{goal ?? ""} The game goes on when its host goes.</p>
      </div>
      {presence.refusal !== null && <p className="refusal" role="alert">{presence.refusal}</p>}
      <div className="field-line">
        <label htmlFor={id}>Name</label>
        <input
          id={id}
          value={name}
          maxLength={nameMax}
          placeholder="How shall we call you?"
          autoComplete="nickname"
          autoCapitalize="words"
          spellCheck={false}
          autoFocus={matchMedia("(hover: hover)").matches}
          required
          onChange={(event) => setName(event.currentTarget.value)}
        />
      </div>
      <Colors color={color} choose={setWanted} taken={taken} />
      <Rooms rooms={rooms} chosen={room} choose={setChosen} opened={opened} setOpened={setOpened}>
        {roomOptions !== null && wished !== null && <Options options={roomOptions} chosen={wished} set={setOptions} />}
      </Rooms>
      <div className="card-actions">
        <button className="primary" disabled={!ready}>{node === null ? "Connecting…" : "Play"}</button>
        <button
          type="button"
          className="secondary"
          disabled={!ready}
          onClick={() => controller.watch(target as RoomId)}
        >
          Just watch
        </button>
      </div>
    </form>
  )
}

const Elsewhere = (): JSX.Element => {
  const controller = useController()
  return (
    <section className="card" role="alertdialog" aria-labelledby="elsewhere-title">
      <div className="card-head">
        <h1 id="elsewhere-title">Played elsewhere</h1>
        <p>Another window plays this seat now.</p>
      </div>
      <div className="card-actions">
        <button type="button" className="primary" autoFocus onClick={() => controller.playHere()}>
          Play here instead
        </button>
        <button type="button" className="secondary" onClick={() => controller.takeOther()}>Take another seat</button>
      </div>
    </section>
  )
}

const NoKey = (): JSX.Element => (
  <section className="card" role="alert">
    <div className="card-head">
      <h1>No key</h1>
      <p>
        This address lacks the key that lets you in. Open the whole address that the node printed when it started, with
        everything behind the question mark.
      </p>
    </div>
  </section>
)

export const Lobby = (): JSX.Element => {
  const controller = useController()
  const { stance } = useAtomValue(state.presence)
  return (
    <div className="lobby">
      {!controller.hasKey ? <NoKey /> : stance === "elsewhere" ? <Elsewhere /> : <JoinForm />}
    </div>
  )
}
