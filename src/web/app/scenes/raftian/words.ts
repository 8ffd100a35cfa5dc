/** What has happened, in words with the colours of those who did it. */
import type { RaftianHappening, RaftianPerson } from "../../../../games/raftian/Schemas.ts"
import { shortened } from "../painting.ts"

export interface Word {
  readonly text: string
  /** It stands for the one who reads. */
  readonly own?: true
  /** None: the plain ink. */
  readonly color?: string
}

export type People = (seat: number) => RaftianPerson & { readonly own: boolean }

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

/** Who did it, and to whom, if to anybody. */
const named = (happening: RaftianHappening, people: People, most: number): readonly [by: Word, on: Word] => {
  const by = nameOf(people, happening.by, most)
  return [by, "on" in happening ? nameOf(people, happening.on, most) : by]
}

/** A headline. */
export const sentence = (happening: RaftianHappening, people: People): ReadonlyArray<Word> => {
  const [by, on] = named(happening, people, 16)
  switch (happening.kind) {
    case "hit":
      return [by, { text: by.own ? " hit " : " hits " }, on, { text: `: −${happening.damage}, ${happening.hp} left` }]
    case "missed":
      return [by, { text: by.own ? " come too late for " : " comes too late for " }, on]
    case "fell":
      return [on, { text: on.own ? " fall to " : " falls to " }, by]
    default:
      return [by, { text: ` ${plain[happening.kind][by.own ? 1 : 0]}` }]
  }
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
  const [by, on] = named(happening, people, most)
  switch (happening.kind) {
    case "hit":
      return [by, { text: " → " }, on, { text: `  −${happening.damage}` }]
    case "missed":
      return [by, { text: " → " }, on, { text: "  void" }]
    case "fell":
      return [on, { text: on.own ? " have fallen" : " has fallen" }]
    default:
      return [by, { text: ` ${brief[happening.kind][by.own ? 1 : 0]}` }]
  }
}

export const textOf = (words: ReadonlyArray<Word>): string => words.map(({ text }) => text).join("")
