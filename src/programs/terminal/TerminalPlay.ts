/** A player at a terminal: views are drawn sixty times a second, keys become inputs. */
import { Deferred, Effect, Runtime, Schedule, type Scope, Stream } from "effect"
import * as Acts from "../../core/screen/Acts.ts"
import { freshToken } from "../../layers/clients/BotsPlaying.ts"
import type { Profile, RoomId } from "../../protocol/Ids.ts"
import type { HostChanged, Inputs, Lost } from "../../protocol/Session.ts"
import { CurrentGame } from "../../services/CurrentGame.ts"
import { type ClusterView, GameClient, type HeldSeat, type ShownView } from "../../services/GameClient.ts"
import { bannerOf } from "../../web/app/play/Banner.ts"
import { matchShown } from "../../web/app/play/MatchShown.ts"
import { Play } from "../../web/app/play/Play.ts"
import { rgb } from "./Cells.ts"
import { Direction, type Key } from "./Keys.ts"
import * as Layout from "./Layout.ts"
import { Painting } from "./Painting.ts"
import * as Terminal from "./Terminal.ts"
import type { TerminalScene } from "./TerminalScene.ts"

/** In milliseconds. */
const frameMs = 1_000 / 60

/** Of a seat that is gone already. */
const nobody = "#a0a6be"

/** What a terminal shows and says; synchronous. */
class TerminalPlayer {
  readonly play: Play
  readonly direction = new Direction()
  cluster: ClusterView | null = null
  changed: { readonly notice: HostChanged; readonly atMs: number } | null = null
  lost: { readonly notice: Lost; readonly atMs: number } | null = null
  held: HeldSeat | null = null
  note = ""
  private acts = Acts.initial
  private painting: Painting | null = null

  constructor(
    private readonly scene: TerminalScene,
    private readonly room: RoomId,
    private readonly tickRate: number,
    private readonly run: (effect: Effect.Effect<void>) => void,
    /** Monotonic. */
    private readonly nowMs: () => number
  ) {
    this.play = new Play(tickRate, (message) => this.send(message))
    this.play.use(scene.description, tickRate)
  }

  private send({ inputs }: typeof Inputs.Type): boolean {
    if (this.held === null) return false
    this.run(this.held.input(inputs))
    return true
  }

  viewed(shown: ShownView): void {
    this.play.viewed(shown, this.held?.within(shown) ?? null, this.nowMs())
    const { round } = this.acts
    this.acts = Acts.viewed(this.acts, shown.view)
    if (this.acts.round !== round) this.direction.dx = this.direction.dy = 0
    this.act(this.nowMs())
  }

  /** Whether the key ends it all. */
  key(key: Key): boolean {
    if (key.name === "interrupt" || (key.name === "q" && key.action === "press")) return true
    if (key.name === "enter" && key.action === "press") {
      this.acts = Acts.want(this.acts, !this.acts.wants)
      this.act(this.nowMs())
    }
    if (this.direction.press(key)) this.steer()
    return false
  }

  /** Says again what the keys say, where the seat may have forgotten. */
  steer(): void {
    const view = this.play.shown?.view
    if (view === undefined || this.play.seat === null) return
    const input = this.scene.want(this.direction, view.game, this.play.seat)
    if (input !== null) this.play.want(input, this.nowMs())
  }

  private act(nowMs: number): void {
    const { held, play: { seat, shown } } = this
    if (shown === null || seat === null || held === null) return
    const [acts, due] = Acts.due(this.acts, shown.view, seat, nowMs)
    this.acts = acts
    if (due !== null) this.run(held.act(due.act, due.ballot))
  }

  frame(terminal: Terminal.Terminal, nowMs: number): void {
    this.play.flush(nowMs)
    const cells = terminal.cells()
    cells.clear()
    const drawn = this.play.draw(nowMs)
    const view = this.play.shown?.view ?? null
    if (drawn !== null && view !== null) this.field(cells, drawn)
    Layout.draw(cells, this.page(nowMs))
    terminal.show()
  }

  private field(
    cells: ReturnType<Terminal.Terminal["cells"]>,
    drawn: NonNullable<ReturnType<Play["draw"]>>
  ): void {
    const field = this.scene.field(drawn.view)
    const rows = cells.rows - Layout.rowsAbove - Layout.rowsBelow
    const { painting } = this
    const fits = painting !== null && painting.field.width === field.width && painting.field.height === field.height
    const fresh = fits && painting.width <= cells.columns && painting.height <= rows * 2
      ? painting
      : new Painting(field, cells.columns, rows * 2)
    this.painting = fresh
    const seats = this.play.shown!.view.seats
    this.scene.draw(fresh, {
      ...drawn,
      seat: this.play.seat,
      colorOf: (seat) => rgb(seats[seat]?.profile.color ?? nobody)
    })
    const column = Math.floor((cells.columns - fresh.width) / 2)
    fresh.onto(cells, column, Layout.rowsAbove + Math.floor((rows - fresh.height / 2) / 2))
  }

  private page(nowMs: number): Layout.Page {
    const { description } = this.scene
    const view = this.play.shown?.view ?? null
    const summary = this.cluster?.rooms.find(({ room }) => room === this.room)
    const standings = view === null ? [] : description.standings?.(view.game) ?? []
    const banner = bannerOf({
      link: "open",
      movingTo: null,
      silentMs: view === null ? null : nowMs - this.play.viewedAtMs,
      host: this.cluster?.host?.name ?? null,
      waitsFor: this.cluster?.waitsFor ?? null,
      told: this.cluster !== null && this.cluster.nodes.length > 0,
      changed: this.changed,
      lost: this.lost
    }, nowMs)
    const goal = typeof description.goal === "function" && view !== null ? description.goal(view.game) : ""
    return {
      title: `${description.game.name} · ${this.room}${goal === "" ? "" : ` · ${goal}`}`,
      lines: Object.entries(view?.seats ?? {}).map(([key, { away, profile }]) => ({
        ...profile,
        away,
        score: standings.find(({ seat }) => seat === Number(key))?.score ?? 0
      })),
      match: view === null ? null : matchShown(view, {
        seat: this.play.seat,
        wants: this.acts.wants,
        tickRate: this.tickRate,
        seatsMin: summary?.seatsMax ?? 2,
        winner: description.winner?.(view.game) ?? null
      }),
      banner: banner === null ? null : [banner.title, banner.detail].filter((text) => text !== null).join(" "),
      keys: [
        view === null ? "" : this.scene.keys(view.game, this.play.seat),
        this.direction.releases ? "" : "space stops",
        "Enter ready",
        "q leaves",
        this.note
      ].filter((text) => text !== "").join(" · "),
      place: this.cluster?.host === null || this.cluster === null ? "" : `${this.cluster.host.name} hosts`
    }
  }
}

export interface Options {
  readonly room: RoomId
  readonly profile: Profile
  readonly scene: TerminalScene
}

const hear = <A, E>(stream: Stream.Stream<A, E>, tell: (value: A) => void): Effect.Effect<void, E> =>
  Stream.runForEach(stream, (value) => Effect.sync(() => tell(value)))

/** Plays until the player leaves. */
export const play = Effect.fnUntraced(function*(
  { profile, room, scene }: Options
): Effect.fn.Return<void, never, GameClient | CurrentGame | Scope.Scope> {
  const client = yield* GameClient
  const { tickRate } = yield* CurrentGame
  const runtime = yield* Effect.runtime<never>()
  const clock = yield* Effect.clock
  const nowMs = () => Number(clock.unsafeCurrentTimeNanos()) / 1e6
  const left = yield* Deferred.make<void>()
  const player = new TerminalPlayer(scene, room, tickRate, Runtime.runSync(runtime), nowMs)
  const terminal = yield* Terminal.open((key) => {
    if (!("action" in key)) player.direction.releases = true
    else if (player.key(key)) Deferred.unsafeDone(left, Effect.void)
  })

  yield* Effect.forkScoped(hear(client.watch(room), (shown) => player.viewed(shown)))
  yield* Effect.forkScoped(hear(client.cluster, (cluster) => {
    player.cluster = cluster
  }))
  yield* Effect.forkScoped(hear(client.notices, (notice) => {
    const atMs = nowMs()
    if ("_tag" in notice) player.changed = { notice, atMs }
    else player.lost = { notice: notice.lost, atMs }
  }))
  const token = yield* freshToken
  const seated = Effect.gen(function*() {
    const held = yield* client.take(room, { token, profile })
    player.held = held
    yield* Effect.addFinalizer(() => held.leave)
    yield* hear(held.seats, (seat) => player.play.seated(seat))
  })
  yield* Effect.forkScoped(Effect.catchAll(seated, ({ reason }) =>
    Effect.sync(() => {
      player.held = null
      player.play.unseat()
      player.note = reason === "started" ? "a match is on: you are watching" : "no seat is free: you are watching"
    })))
  const frames = Effect.repeat(
    Effect.sync(() => player.frame(terminal, nowMs())),
    Schedule.fixed(frameMs)
  )
  yield* Effect.raceFirst(frames, Deferred.await(left))
})
