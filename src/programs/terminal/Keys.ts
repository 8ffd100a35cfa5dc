/**
 * What a terminal sends when keys are pressed. A terminal that speaks the keyboard protocol of kitty tells of releases too;
 * of others only presses are known, so there a direction holds until the opposite or the space bar ends it.
 */

export type KeyName = "up" | "down" | "left" | "right" | "enter" | "space" | "escape" | "interrupt" | string

export interface Key {
  readonly name: KeyName
  readonly action: "press" | "release"
}

/** What the terminal answers when asked whether it tells of releases. */
export interface Answer {
  readonly name: "releases"
}

/** Asks for releases, and whether they will come; and back to what was before. */
export const askForReleases = "\u001b[>11u\u001b[?u"
export const askForNoReleases = "\u001b[<u"

const arrows: Readonly<Record<string, KeyName>> = { A: "up", B: "down", C: "right", D: "left" }
const codes: Readonly<Record<number, KeyName>> = { 3: "interrupt", 10: "enter", 13: "enter", 27: "escape", 32: "space" }
const ctrl = 4

const named = (code: number, modifiers: number): KeyName =>
  codes[code] ?? (code === 99 && (modifiers & ctrl) !== 0 ? "interrupt" : String.fromCodePoint(code).toLowerCase())

const escape = "\u001b"

/** CSI, its parameters and its final character (ECMA-48, 5.4); SS3 and one (VT220's arrows); or any other character. */
const words = new RegExp(`${escape}\\[([?<>]?)([\\d;:]*)([A-Za-z~])|${escape}O([A-D])|.`, "gsu")

const said = ([word, prefix, parameters = "", final, old]: RegExpExecArray): Key | Answer | null => {
  if (old !== undefined) return { name: arrows[old]!, action: "press" }
  if (final === undefined) return { name: named(word.codePointAt(0)!, 0), action: "press" }
  if (prefix !== "") return prefix === "?" && final === "u" ? { name: "releases" } : null
  const [first = "", second = ""] = parameters.split(";")
  const [modifiers = "1", event = "1"] = second.split(":")
  const name = final === "u" ? named(Number(first.split(":")[0]), Number(modifiers) - 1) : arrows[final]
  return name === undefined ? null : { name, action: event === "3" ? "release" : "press" }
}

/** All that a chunk says; what is no key here is passed over. */
export const parse = (chunk: string): ReadonlyArray<Key | Answer> =>
  Array.from(chunk.matchAll(words), said).filter((one) => one !== null)

/** Where a key pushes. */
const pushes: Readonly<Record<string, readonly [dx: number, dy: number]>> = {
  up: [0, -1],
  w: [0, -1],
  k: [0, -1],
  down: [0, 1],
  s: [0, 1],
  j: [0, 1],
  left: [-1, 0],
  a: [-1, 0],
  h: [-1, 0],
  right: [1, 0],
  d: [1, 0],
  l: [1, 0]
}

type Step = -1 | 0 | 1

/** The direction that the keys say. */
export class Direction {
  dx: Step = 0
  dy: Step = 0
  /** Whether keys that go up are told. */
  releases = false
  private readonly held = new Set<string>()

  /** Whether it was a key of direction. */
  press({ action, name }: Key): boolean {
    if (name === "space") {
      if (!this.releases) this.dx = this.dy = 0
      return !this.releases
    }
    const push = pushes[name]
    if (push === undefined) return false
    if (this.releases) {
      if (action === "press") this.held.add(name)
      else this.held.delete(name)
      const sum = (axis: 0 | 1) => Math.sign([...this.held].reduce((all, key) => all + pushes[key]![axis], 0)) as Step
      this.dx = sum(0)
      this.dy = sum(1)
      return true
    }
    // The opposite one stops first.
    const next = (now: Step, pushed: number): Step => pushed === 0 ? 0 : now === -pushed ? 0 : pushed as Step
    this.dx = next(this.dx, push[0])
    this.dy = next(this.dy, push[1])
    return true
  }
}
