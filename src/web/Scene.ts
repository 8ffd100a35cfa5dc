/**
 * What the page asks of a game's scene: how to draw it, and what its players can want. The built-in scenes and those of
 * users get the same.
 *
 * A user's scene is one JavaScript module, given to the node by its file and served at `/scene.js`; its default export is
 * a `SceneModule`. It may import modules and pictures that lie beside it, by relative address, and nothing else: the
 * page's rules allow no other origin. Phaser comes with the stage.
 */
// oxlint-disable typescript/no-explicit-any -- defaults of type parameters: a table of scenes holds scenes of any games
import type * as PhaserTypes from "phaser"
import type { Point, Points } from "../core/smoothing/Smoothing.ts"
import type { Stage as MatchStage } from "../protocol/Match.ts"

export type { Point, Points } from "../core/smoothing/Smoothing.ts"

/** What a scene needs of its game. A whole `Game` fits; so does `{ name }`. */
export interface PlayedGame<Input = any, View = any> {
  readonly name: string
  /** Ticks per second; the node's word counts if it says another. */
  readonly tickRate?: number
  /**
   * `committed`: each input is an act of its own, said once and never left out for a newer one, and views come only when
   * something was committed. Default `tick`.
   */
  readonly ordering?: "tick" | "committed"
  /** With it, the own seat is shown where it will be when the host has heard (see games/Game). */
  readonly predict?: (view: View, seat: any, inputs: ReadonlyArray<Input>) => View
}

/** A player as everybody sees it. */
export interface ScenePlayer {
  readonly seat: number
  readonly name: string
  /** `#rrggbb` */
  readonly color: string
  /** Its node or screen has vanished; it may come back. */
  readonly away: boolean
  /** Its node hosts the game now. */
  readonly hosts: boolean
}

/** A line of the scoreboard. */
export interface Standing {
  readonly seat: number
  readonly score: number
  readonly gamesWon: number
}

/** Colours of the page, as `#rrggbb`; they change with the player's light or dark preference. */
export interface Theme {
  readonly dark: boolean
  /** Behind everything. */
  readonly page: string
  /** The play field. */
  readonly field: string
  /** Text and outlines. */
  readonly ink: string
  /** Text that steps back. */
  readonly quiet: string
  /** What is to be gone for. */
  readonly gold: string
  /** What calls. */
  readonly accent: string
}

/** One thing that may be chosen for a new room. */
export interface RoomChoice {
  /** The option's name, as the game knows it. */
  readonly option: string
  readonly label: string
  readonly choices: ReadonlyArray<{ readonly label: string; readonly value: string | number | boolean }>
}

/** What a new room is opened with, as the game takes it, and what of that may be chosen. */
export interface RoomOptions {
  readonly defaults: { readonly [option: string]: string | number | boolean }
  readonly choices: ReadonlyArray<RoomChoice>
}

/** Where the player pushes, by arrows, WASD, thumb-stick or gamepad. */
export interface Direction {
  readonly dx: -1 | 0 | 1
  readonly dy: -1 | 0 | 1
}

/** What the player's hands do, and what comes of it. */
export interface SceneInput<Input = any> {
  /** Where the player pushes now. */
  readonly direction: Direction
  /** Told of every change of direction; returns what ends that. */
  readonly onDirection: (listener: (direction: Direction) => void) => () => void
  /** Told when the first button is pressed: space, enter, a tap, the gamepad's south button. */
  readonly onPress: (listener: () => void) => () => void
  /** What the seat wants from now on. Sent once, until another comes; nothing is sent while the page only watches. */
  readonly set: (input: Input) => void
}

export type SoundName =
  | "pickUp"
  | "otherPickUp"
  | "hit"
  | "otherHit"
  | "bounce"
  | "point"
  | "pointLost"
  | "count"
  | "go"
  | "roundWon"
  | "roundLost"
  | "hostChange"
  | "join"
  | "leave"
  | "launch"
  | "impact"
  | "fall"
  | "victory"

/** Sounds made by the page; silent when the player has muted them. */
export interface SceneSound {
  /** `pitch` multiplies the frequency; by default 1. */
  readonly play: (sound: SoundName, pitch?: number) => void
  /** A tone of one's own: frequency in hertz, length in milliseconds. */
  readonly tone: (frequency: number, ms: number) => void
  /** Quiet music below everything, until it is told otherwise. */
  readonly music: (on: boolean) => void
}

export interface Stage<Input = any> {
  readonly Phaser: typeof PhaserTypes
  /** Where to draw. Its size is the space that there is; it may change. */
  readonly parent: HTMLElement
  readonly input: SceneInput<Input>
  readonly sound: SceneSound
  /** The player wants little motion: nothing should move that need not. */
  readonly reducedMotion: () => boolean
  readonly theme: () => Theme
  /** The own seat, or null while watching. */
  readonly seat: () => number | null
  /** Says something to players who listen instead of looking. */
  readonly announce: (text: string) => void
}

/** What there is to be seen now. */
export interface Frame<View = any> {
  /** The newest view, with the own seat as predicted. */
  readonly view: View
  /** Where what `track` named is to be drawn: others smoothed, the own seat predicted. */
  readonly points: Points
  readonly players: ReadonlyMap<number, ScenePlayer>
  readonly seat: number | null
  /** The number of the last event that the view shows. */
  readonly seq: number
  readonly clock: number
  readonly epoch: number
  /** Where a Raft log says who hosts: its term, up to which entry it is committed here, how many vote. Else null. */
  readonly log: { readonly term: number; readonly index: number; readonly voters: number } | null
  /** The name of the node that hosts, or null when none is known. */
  readonly host: string | null
  /** Milliseconds without a newer view. Some are normal. */
  readonly silentMs: number
  /** No view comes, because there is no host or no connection: the game stands still. */
  readonly waiting: boolean
  /** How the room's match stands, which the page tells itself; null where people come and go while the game is played. */
  readonly stage: MatchStage | null
  /** Milliseconds of a clock that never goes back, and since the last frame. */
  readonly nowMs: number
  readonly passedMs: number
}

export interface MountedScene<View = any> {
  /** Called once per drawn frame, before Phaser draws. */
  readonly update: (frame: Frame<View>) => void
  /** The parent's size has changed. */
  readonly resize?: (width: number, height: number) => void
  readonly destroy: () => void
}

/** What holds for a scene, or follows from each view. */
export type Told<A, View> = A | ((view: View) => A)

/** What a scene tells of its game, however it is drawn. */
export interface SceneDescription<Input = any, View = any> {
  readonly game: PlayedGame<Input, View>
  /** Width by height of the field; the page makes room in this shape. Default 3:2. */
  readonly aspect?: Told<number, View>
  /**
   * How players say what they want: by directions, which a thumb-stick gives too, or by pointing at things, which the scene
   * takes from its parent element by itself. Default: directions.
   */
  readonly hands?: "directions" | "pointing"
  /** How to play with a keyboard, in a few words. Default: told for directions. */
  readonly keys?: string
  /** What moves, and where it is. The own seat's object is named by the seat's number. Default: nothing. */
  readonly track?: (view: View) => { readonly [name: string]: Point }
  /**
   * What a player sees where `predict` puts it: the own object alone, or everything that is tracked, so that a ball and the
   * paddle that meets it are shown at the same time. Default: the own object.
   */
  readonly predicts?: "own" | "everything"
  /** How far prediction goes on while no view comes, in milliseconds. Default 750. */
  readonly aheadMsMax?: number
  /** What moved farther than this from one view to the next was put there by the rules, and is not smoothed. */
  readonly snapBeyond?: number
  /** The scoreboard; none if not told. */
  readonly standings?: (view: View) => ReadonlyArray<Standing>
  /** Up to this, 2 to 10, scores are shown as a row of marks; else, or with null, as numbers. */
  readonly scoreMax?: Told<number | null, View>
  /** For games of matches: how a room may be made. */
  readonly roomOptions?: RoomOptions
  /** For games of matches: the seat that has won, once one has. */
  readonly winner?: (view: View) => number | null
  /** How the game is won, in a few words. */
  readonly goal?: Told<string, View>
}

export interface SceneModule<Input = any, View = any> extends SceneDescription<Input, View> {
  readonly mount: (stage: Stage<Input>) => MountedScene<View>
}

/** Checks the contract's types at the place where a scene is written. */
export const defineScene = <Input, View>(scene: SceneModule<Input, View>): SceneModule<Input, View> => scene
