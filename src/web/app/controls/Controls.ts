/**
 * The player's hands: arrow keys and WASD, a thumb-stick that appears where one touches, and gamepads. All come down to
 * one direction, and a press.
 */
import type { Direction, SceneInput } from "../../Scene.ts"

const still: Direction = { dx: 0, dy: 0 }

/** By physical place, so that WASD lies where it should on every keyboard. */
const keys: { readonly [code: string]: readonly [dx: number, dy: number] } = {
  ArrowLeft: [-1, 0],
  KeyA: [-1, 0],
  ArrowRight: [1, 0],
  KeyD: [1, 0],
  ArrowUp: [0, -1],
  KeyW: [0, -1],
  ArrowDown: [0, 1],
  KeyS: [0, 1]
}

/** Sticks count from here on, of 1. */
const deadZone = 0.35

/** None where the browser keeps them from pages without TLS. */
const gamepads = (): ReadonlyArray<Gamepad | null> => {
  try {
    return navigator.getGamepads()
  } catch {
    return []
  }
}

/** Of eight sectors, each 45° wide. */
const octant = (x: number, y: number): Direction => {
  const across = Math.abs(x)
  const down = Math.abs(y)
  // tan 22.5°
  const narrow = 0.4142
  return {
    dx: across > down * narrow ? Math.sign(x) as Direction["dx"] : 0,
    dy: down > across * narrow ? Math.sign(y) as Direction["dy"] : 0
  }
}

const isField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.closest("input, select, textarea, [role=dialog]") !== null)

/** Where the thumb-stick is, in CSS pixels of its surface; null when nobody touches. */
export interface Thumb {
  readonly x: number
  readonly y: number
  /** The knob, from the stick's middle. */
  readonly dx: number
  readonly dy: number
}

/** How far the knob goes, in CSS pixels. */
export const stickRadius = 44

export class Controls implements Pick<SceneInput, "direction" | "onDirection" | "onPress"> {
  direction: Direction = still
  /** Told of the thumb-stick, for drawing it. */
  onThumb: (thumb: Thumb | null) => void = () => {}

  private readonly pressed = new Set<string>()
  private readonly directionListeners = new Set<(direction: Direction) => void>()
  private readonly pressListeners = new Set<() => void>()
  private touch: { readonly id: number; readonly x: number; readonly y: number; readonly direction: Direction } | null =
    null
  private padDirection: Direction = still
  private padPressed = false

  /** Whether keys are for the game now. */
  constructor(private readonly isPlaying: () => boolean) {
    addEventListener("keydown", this.keyDown)
    addEventListener("keyup", this.keyUp)
    addEventListener("blur", this.release)
    document.addEventListener("visibilitychange", this.release)
  }

  onDirection = (listener: (direction: Direction) => void): () => void => {
    this.directionListeners.add(listener)
    return () => void this.directionListeners.delete(listener)
  }

  onPress = (listener: () => void): () => void => {
    this.pressListeners.add(listener)
    return () => void this.pressListeners.delete(listener)
  }

  /** Takes touches on an element; returns what ends that. */
  surface(element: HTMLElement): () => void {
    const down = (event: PointerEvent): void => {
      if (event.pointerType === "mouse" || this.touch !== null || !this.isPlaying() || isControl(event.target)) return
      element.setPointerCapture(event.pointerId)
      this.touch = { id: event.pointerId, x: event.clientX, y: event.clientY, direction: still }
      this.onThumb({ x: event.clientX, y: event.clientY, dx: 0, dy: 0 })
      for (const listener of this.pressListeners) listener()
    }
    const move = (event: PointerEvent): void => {
      if (this.touch?.id !== event.pointerId) return
      const [x, y] = [event.clientX - this.touch.x, event.clientY - this.touch.y]
      const length = Math.hypot(x, y)
      const reach = Math.min(1, stickRadius / Math.max(1, length))
      const direction = length < stickRadius * deadZone ? still : octant(x, y)
      this.touch = { ...this.touch, direction }
      this.onThumb({ x: this.touch.x, y: this.touch.y, dx: x * reach, dy: y * reach })
      this.update()
    }
    const up = (event: PointerEvent): void => {
      if (this.touch?.id !== event.pointerId) return
      this.touch = null
      this.onThumb(null)
      this.update()
    }
    const stop = (event: Event): void => {
      if (this.isPlaying()) event.preventDefault()
    }
    const ending = new AbortController()
    const { signal } = ending
    element.addEventListener("pointerdown", down, { signal })
    element.addEventListener("pointermove", move, { signal })
    element.addEventListener("pointerup", up, { signal })
    element.addEventListener("pointercancel", up, { signal })
    element.addEventListener("contextmenu", stop, { signal })
    return () => ending.abort()
  }

  /** Gamepads tell nothing by themselves: to be called once per frame. */
  poll(): void {
    let x = 0
    let y = 0
    let pressed = false
    for (const pad of gamepads()) {
      if (pad === null || pad.mapping !== "standard") continue
      const button = (index: number): number => pad.buttons[index]?.pressed === true ? 1 : 0
      const [stickX, stickY] = [pad.axes[0] ?? 0, pad.axes[1] ?? 0]
      const pushed = Math.hypot(stickX, stickY) >= deadZone
      x += (pushed ? stickX : 0) + button(15) - button(14)
      y += (pushed ? stickY : 0) + button(13) - button(12)
      pressed ||= button(0) === 1
    }
    this.padDirection = x === 0 && y === 0 ? still : octant(x, y)
    if (pressed && !this.padPressed) { for (const listener of this.pressListeners) listener() }
    this.padPressed = pressed
    this.update()
  }

  private readonly keyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || isField(event.target) || !this.isPlaying()) return
    if ((event.code === "Space" || event.code === "Enter") && !event.repeat && !isControl(event.target)) {
      for (const listener of this.pressListeners) listener()
    }
    if (keys[event.code] === undefined) return
    event.preventDefault()
    this.pressed.add(event.code)
    this.update()
  }

  private readonly keyUp = (event: KeyboardEvent): void => {
    if (this.pressed.delete(event.code)) this.update()
  }

  /** Whoever looks away lets go. */
  private readonly release = (): void => {
    this.pressed.clear()
    this.touch = null
    this.onThumb(null)
    this.update()
  }

  private update(): void {
    let x = 0
    let y = 0
    for (const code of this.pressed) {
      x += keys[code]![0]
      y += keys[code]![1]
    }
    const byKeys = { dx: Math.sign(x), dy: Math.sign(y) } as Direction
    const sources = [byKeys, this.touch?.direction ?? still, this.padDirection]
    const next = sources.find(({ dx, dy }) => dx !== 0 || dy !== 0) ?? still
    if (next.dx === this.direction.dx && next.dy === this.direction.dy) return
    this.direction = next
    for (const listener of this.directionListeners) listener(next)
  }
}

const isControl = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest("button, a, input, select, summary") !== null
