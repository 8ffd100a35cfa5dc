/**
 * The page's middle: messages go to the play and to the atoms, frames to the scene, the player's wishes to the node.
 */
import type { Atom, Registry } from "@effect-atom/atom-react"
import { Effect } from "effect"
import * as Acts from "../../core/screen/Acts.ts"
import * as Session from "../../core/screen/State.ts"
import { step } from "../../core/screen/Step.ts"
import * as Views from "../../core/screen/Views.ts"
import { protocolVersion } from "../../protocol/Discovery.ts"
import { mainRoom, type Profile, type RoomId } from "../../protocol/Ids.ts"
import type { RoomOptions } from "../../protocol/Match.ts"
import type { HostChanged, Welcome } from "../../protocol/Session.ts"
import { guard } from "../../protocol/Validation.ts"
import { RoomView } from "../../protocol/View.ts"
import type { MountedScene, ScenePlayer, Told } from "../Scene.ts"
import { Controls } from "./controls/Controls.ts"
import * as Connection from "./net/Connection.ts"
import * as Place from "./net/Place.ts"
import { bannerOf, type Situation } from "./play/Banner.ts"
import { isSame, matchShown } from "./play/MatchShown.ts"
import { Play, waitingAfterMs } from "./play/Play.ts"
import { type FieldParts, loadField } from "./scenes/scenes.ts"
import { Sounds } from "./sound/Sounds.ts"
import * as state from "./state.ts"
import { reducedMotion, theme } from "./theme.ts"

const pingEveryMs = 1_000
/** In a match everybody waits for whom the node does not hear (`freezeAfterMs`), so it hears something this often. */
const heardEveryMs = 120
const pingsKept = 5
/** Inputs are sent again even when the page draws nothing. */
const flushEveryMs = 100
const reignsMax = 32

const isView = guard(RoomView)

export class Controller {
  readonly controls: Controls
  readonly sounds: Sounds
  readonly play: Play
  session = Session.initial({ version: protocolVersion, isView })
  private readonly connection: Connection.Connection
  private readonly arrival = Place.arrive()
  private field: FieldParts | null = null
  private mounted: MountedScene | null = null
  private parent: HTMLElement | null = null
  private players: ReadonlyMap<number, ScenePlayer> = new Map()
  private changed: Situation["changed"] = null
  private lost: Situation["lost"] = null
  private told = false
  private acts = Acts.initial
  private saidAtMs = -Infinity
  private pings: ReadonlyArray<number> = []
  private framedAtMs = performance.now()

  constructor(private readonly registry: Registry.Registry) {
    this.sounds = new Sounds(Place.isMuted())
    this.set(state.muted, Place.isMuted())
    this.controls = new Controls(() => this.get(state.presence).stance === "playing")
    this.connection = Connection.make(this.arrival.key, {
      link: this.linked,
      connected: () => this.put({ _tag: "connected" }),
      message: (message) => this.put({ _tag: "received", message }),
      elsewhere: () => this.get(state.cluster)?.elsewhere ?? [],
      move: this.move
    })
    this.play = new Play(60, this.connection.send)
    const moved = this.arrival.moved
    if (moved !== null) Place.rememberProfile(moved.profile)
    const room = moved?.room ?? Place.playedRoom()
    const profile = moved?.profile ?? Place.profile()
    if (room !== null && profile !== null && (moved === null || moved.token !== null)) this.join(room, profile)
    else if (moved !== null) this.watch(moved.room)
  }

  /** Starts everything; the page runs until it is closed. */
  start(): void {
    Effect.runFork(this.connection.run)
    setInterval(() => this.connection.send({ _tag: "ping", at: performance.now() }), pingEveryMs)
    setInterval(() => this.play.flush(performance.now()), flushEveryMs)
    requestAnimationFrame(this.frame)
  }

  // ------------------------------------------------------------------ what the player asks for

  /** `options`: opens the room with these, if it is not there. */
  join(room: RoomId, profile: Profile, options: RoomOptions | null = null): void {
    if (options !== null) this.connection.send({ _tag: "open", room, options })
    Place.rememberProfile(profile)
    Place.rememberRoom(room)
    this.enter(room, "joining", { token: Place.token(), profile })
  }

  /** Shows a room without playing in it. */
  watch(room: RoomId): void {
    Place.rememberRoom(null)
    this.enter(room, "watching")
  }

  /** Back to the lobby; the game goes on behind it. */
  leave(): void {
    this.put({ _tag: "leave" })
    Place.rememberRoom(null)
    this.play.unseat()
    this.set(state.presence, { stance: "lobby", room: this.room, refusal: null })
  }

  /** The seat that another window plays is played here again. */
  playHere(): void {
    const profile = Place.profile()
    if (this.room !== null && profile !== null) this.join(this.room, profile)
  }

  /** Another window keeps the seat; this one may have its own. */
  takeOther(): void {
    Place.renewToken()
    Place.rememberRoom(null)
    this.set(state.presence, { stance: "lobby", room: this.room, refusal: null })
  }

  /** Says that the player is ready for a match, or a rematch; or not any more. */
  wantMatch(wants: boolean): void {
    this.acts = Acts.want(this.acts, wants)
    this.updateMatch()
  }

  setMuted(muted: boolean): void {
    this.sounds.mute(muted)
    Place.rememberMuted(muted)
    this.set(state.muted, muted)
    if (!muted) this.sounds.play("join")
  }

  /** Looks into a room from the lobby. */
  preview(room: RoomId): void {
    if (this.get(state.presence).stance === "lobby" && room !== this.room) this.enter(room, "lobby")
  }

  /** The address of the shared page's code. */
  get qrCode(): string {
    return `/qr.svg?key=${encodeURIComponent(this.arrival.key)}`
  }

  private get room(): RoomId | null {
    return this.session.room
  }

  get hasKey(): boolean {
    return this.arrival.key !== ""
  }

  // ------------------------------------------------------------------ the field

  /** Gives the scene its place; returns what takes it away. */
  place(parent: HTMLElement): () => void {
    this.parent = parent
    const observer = new ResizeObserver(([entry]) => {
      const { height, width } = entry!.contentRect
      if (width > 0 && height > 0) this.mounted?.resize?.(width, height)
    })
    observer.observe(parent)
    this.mountScene()
    return () => {
      observer.disconnect()
      this.mounted?.destroy()
      this.mounted = null
      this.parent = null
    }
  }

  private async prepareField(game: string, tickRate: number): Promise<void> {
    const loaded = await loadField(game)
    if (typeof loaded === "string") return this.set(state.sceneError, loaded)
    this.field = loaded
    this.play.use(loaded.scene, tickRate)
    this.describe()
    this.mountScene()
  }

  private mountScene(): void {
    if (this.field === null || this.parent === null || this.mounted !== null) return
    const { Phaser, scene } = this.field
    const { controls, play } = this
    this.mounted = scene.mount({
      Phaser,
      parent: this.parent,
      input: {
        onDirection: controls.onDirection,
        onPress: controls.onPress,
        get direction() {
          return controls.direction
        },
        set: (input) => play.want(input, performance.now())
      },
      sound: this.sounds,
      reducedMotion,
      theme,
      seat: () => this.play.seat,
      announce: (text) => this.set(state.spoken, text)
    })
  }

  private readonly frame = (): void => {
    requestAnimationFrame(this.frame)
    const now = performance.now()
    this.controls.poll()
    this.play.flush(now)
    this.updateBanner(now)
    const drawn = this.play.draw(now)
    const shown = this.play.shown
    if (drawn !== null && shown !== null && this.mounted !== null) {
      const silentMs = this.silentMs(now)
      this.mounted.update({
        ...drawn,
        players: this.players,
        seat: this.play.seat,
        seq: shown.view.seq,
        clock: shown.view.clock,
        epoch: shown.epoch,
        log: this.get(state.cluster)?.log ?? null,
        host: this.get(state.cluster)?.host?.name ?? null,
        silentMs,
        waiting: silentMs > waitingAfterMs,
        stage: shown.view.match?.stage ?? null,
        nowMs: now,
        passedMs: Math.min(250, now - this.framedAtMs)
      })
    }
    this.framedAtMs = now
  }

  // ------------------------------------------------------------------ messages

  private readonly linked = (link: Connection.LinkState, to: string | null): void => {
    this.set(state.link, { state: link, to })
    this.told = false
    this.updateBanner(performance.now())
  }

  private readonly move = (page: string): void => {
    const { seat } = this.session
    const profile = seat?.profile ?? Place.profile()
    const luggage = this.room === null || profile === null ? null : {
      room: this.room,
      token: seat?.token ?? null,
      profile
    }
    const { stance } = this.get(state.presence)
    location.replace(Place.addressWith(page, stance === "lobby" ? null : luggage))
  }

  /** As if a message had been lost on the way. */
  dropBase(): void {
    this.session = { ...this.session, views: Views.reconnect(this.session.views) }
  }

  private put(input: Session.Input): void {
    const { outputs, state: next } = step(this.session, input, performance.now())
    this.session = next
    for (const output of outputs) this.heed(output)
  }

  private heed(output: Session.Output): void {
    const now = performance.now()
    switch (output._tag) {
      case "send":
        this.connection.send(output.message)
        return
      case "welcomed":
        return this.welcomed(output.node)
      case "stranger":
        return location.reload()
      case "viewed":
        this.play.viewed(output.shown, Session.seatIn(this.session, output.shown.view), now)
        return this.viewed()
      case "seated":
        this.play.seated(output.seat)
        this.set(state.presence, { stance: "playing", room: this.room, refusal: null })
        return this.updatePlayers()
      case "refused":
        return this.refused(output.reason, output.detail)
      case "lost":
        this.lost = { notice: output.lost, atMs: now }
        return
      case "set-back":
        return
      case "passed":
        return this.passed(output.message, now)
    }
  }

  private passed(message: Session.Passed, nowMs: number): void {
    switch (message._tag) {
      case "pong":
        return this.pinged(Math.max(0, nowMs - message.at))
      case "cluster":
        this.told = true
        this.set(state.cluster, message)
        if (this.room === null) this.preview(message.rooms[0]?.room ?? mainRoom)
        return this.updatePlayers()
      case "host-changed":
        return this.hostChanged(message, nowMs)
    }
  }

  /** The quickest of the last answers tells of the way; the others tell what this page was busy with. */
  private pinged(ms: number): void {
    this.pings = [...this.pings, ms].slice(-pingsKept)
    this.set(state.pingMs, Math.min(...this.pings))
  }

  private welcomed(node: typeof Welcome.Type): void {
    this.set(state.node, node)
    this.set(state.link, { state: "open", to: null })
    this.pings = []
    this.play.reconnected()
    // A browser keeps in mind what it could not load: only with the page is it asked for again.
    if (this.get(state.sceneError) !== null) return location.reload()
    if (this.field === null) void this.prepareField(node.game, node.tickRate)
  }

  private refused(reason: string, detail: string): void {
    this.play.unseat()
    Place.rememberRoom(null)
    this.set(state.presence, {
      stance: reason === "token" ? "elsewhere" : "lobby",
      room: this.room,
      refusal: detail
    })
    this.updatePlayers()
  }

  private hostChanged(notice: HostChanged, atMs: number): void {
    this.changed = { notice, atMs }
    this.set(state.reigns, [...this.get(state.reigns), notice].slice(-reignsMax))
    if (notice.cause !== "start") this.sounds.play("hostChange")
  }

  private enter(room: RoomId, stance: state.Stance, player: Session.Player | null = null): void {
    if (room !== this.room) {
      this.play.enter()
      this.set(state.hasView, false)
    }
    this.set(state.presence, { stance, room, refusal: null })
    this.put({ _tag: "enter", room, player })
  }

  // ------------------------------------------------------------------ what follows from a view

  /** What the scene tells of its field and rules, as of the newest view. */
  private describe(): void {
    const view = this.play.shown?.view.game
    if (this.field === null) return
    const { scene } = this.field
    const tell = <A>(told: Told<A, unknown> | undefined): A | null =>
      typeof told !== "function" ? told ?? null : view === undefined ? null : (told as (view: unknown) => A)(view)
    this.set(state.aspect, tell(scene.aspect) ?? 1.5)
    this.set(state.goal, tell(scene.goal))
    this.set(state.hands, scene.hands ?? "directions")
    this.set(state.keys, scene.keys ?? null)
    this.set(state.scoreMax, tell(scene.scoreMax))
    this.set(state.roomOptions, scene.roomOptions ?? null)
  }

  private viewed(): void {
    this.set(state.hasView, true)
    this.describe()
    this.updatePlayers()
    this.updateMatch()
  }

  /** Driven by views, which come to hidden pages too: their timers are slow. */
  private updateMatch(): void {
    const view = this.play.shown?.view
    const match = view?.match ?? null
    const { seat } = this.play
    if (view === undefined || match === null) return this.set(state.match, null)
    this.acts = Acts.viewed(this.acts, view)
    if (seat !== null) {
      const now = performance.now()
      if (now - this.saidAtMs >= heardEveryMs) {
        this.saidAtMs = now
        this.connection.send({ _tag: "ping", at: now })
      }
      const [acts, due] = Acts.due(this.acts, view, seat, now)
      this.acts = acts
      if (due !== null) this.connection.send({ _tag: "act", ...due })
    }
    const summary = this.get(state.cluster)?.rooms.find(({ room }) => room === view.room)
    const shown = matchShown(view, {
      seat,
      wants: this.acts.wants,
      tickRate: this.get(state.node)?.tickRate ?? 60,
      seatsMin: summary?.seatsMax ?? 2,
      winner: this.field?.scene.winner?.(view.game) ?? null
    })
    if (!isSame(shown, this.get(state.match))) this.set(state.match, shown)
  }

  private updatePlayers(): void {
    const view = this.play.shown?.view
    if (view === undefined) return
    const hostId = this.get(state.cluster)?.host?.peerId ?? null
    const players = new Map<number, ScenePlayer>()
    for (const [key, { away, node, profile }] of Object.entries(view.seats)) {
      players.set(Number(key), { seat: Number(key), ...profile, away, hosts: node === hostId })
    }
    this.players = players
    const standings = this.field?.scene.standings?.(view.game) ?? []
    const lines = standings.flatMap(({ gamesWon, score, seat }): ReadonlyArray<state.ScoreLine> => {
      const player = players.get(seat)
      return player === undefined ? [] : [{ ...player, score, gamesWon, own: seat === this.play.seat }]
    })
    lines.sort((a, b) => b.gamesWon - a.gamesWon || b.score - a.score || a.seat - b.seat)
    if (!isSame(lines, this.get(state.scores))) {
      this.set(state.scores, lines)
      this.set(state.takenColors, [...players.values()].map(({ color }) => color))
    }
  }

  /** For how long the game has been standing still, as far as views tell. */
  private silentMs(nowMs: number): number {
    const isHosted = this.get(state.link).state === "open" && this.get(state.cluster)?.host != null
    return this.play.isCommitted && isHosted ? 0 : nowMs - this.play.viewedAtMs
  }

  private updateBanner(nowMs: number): void {
    const { state: link, to } = this.get(state.link)
    const next = bannerOf({
      link,
      movingTo: to,
      silentMs: this.play.shown === null ? null : this.silentMs(nowMs),
      host: this.get(state.cluster)?.host?.name ?? null,
      waitsFor: this.get(state.cluster)?.waitsFor ?? null,
      told: this.told,
      changed: this.changed,
      lost: this.lost
    }, nowMs)
    if (!isSame(next, this.get(state.banner))) this.set(state.banner, next)
  }

  private get<A>(atom: Atom.Atom<A>): A {
    return this.registry.get(atom)
  }

  private set<A>(atom: Atom.Writable<A>, value: A): void {
    this.registry.set(atom, value)
  }
}
