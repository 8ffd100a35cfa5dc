/** What has happened, in words with the colours of those who did it. */
import type { RaftianHappening, RaftianPerson } from "../../../../games/raftian/Schemas.ts"

export interface Word {
  readonly text: string
  /** It stands for the one who reads. */
  readonly own?: true
  /** None: the plain ink. */
  readonly color?: string
}

export type People = (seat: number) => RaftianPerson & { readonly own: boolean }

const shortened = (name: string, most: number): string => name.length > most ? `${name.slice(0, most - 1)}…` : name

const nameOf = (people: People, seat: number, most: number): Word => {
  const { color, name, own } = people(seat)
  return own ? { text: "You", color, own } : { text: shortened(name, most), color }
}

const plain: { readonly [kind in "joined" | "away" | "back" | "left" | "won" | "again"]: readonly [string, string] } = {
  joined: ["founds a city", "have a city: choose another to attack"],
  away: ["does not answer", "do not answer"],
  back: ["is back", "are back"],
  left: ["has left", "have left"],
  won: ["is the last one standing", "are the last one standing"],
  again: ["calls the next round", "call the next round"]
}

/** A headline. */
export const sentence = (happening: RaftianHappening, people: People): ReadonlyArray<Word> => {
  const by = nameOf(people, happening.by, 16)
  if (happening.kind === "hit") {
    const on = nameOf(people, happening.on, 16)
    const verb = by.own ? " hit " : " hits "
    return [by, { text: verb }, on, { text: `: −${happening.damage}, ${happening.hp} left` }]
  }
  if (happening.kind === "missed") {
    const on = nameOf(people, happening.on, 16)
    return [by, { text: by.own ? " come too late for " : " comes too late for " }, on]
  }
  if (happening.kind === "fell") {
    const on = nameOf(people, happening.on, 16)
    return [on, { text: on.own ? " fall to " : " falls to " }, by]
  }
  return [by, { text: ` ${plain[happening.kind][by.own ? 1 : 0]}` }]
}

const brief: typeof plain = {
  joined: ["joins", "join"],
  away: ["is away", "are away"],
  back: ["is back", "are back"],
  left: ["leaves", "leave"],
  won: ["wins", "win"],
  again: ["asks for another", "ask for another"]
}

/** An entry of the chronicle. */
export const entry = (happening: RaftianHappening, people: People, most: number): ReadonlyArray<Word> => {
  const by = nameOf(people, happening.by, most)
  switch (happening.kind) {
    case "hit":
      return [by, { text: " → " }, nameOf(people, happening.on, most), { text: `  −${happening.damage}` }]
    case "missed":
      return [by, { text: " → " }, nameOf(people, happening.on, most), { text: "  void" }]
    case "fell": {
      const on = nameOf(people, happening.on, most)
      return [on, { text: on.own ? " have fallen" : " has fallen" }]
    }
    default:
      return [by, { text: ` ${brief[happening.kind][by.own ? 1 : 0]}` }]
  }
}

export const textOf = (words: ReadonlyArray<Word>): string => words.map(({ text }) => text).join("")
