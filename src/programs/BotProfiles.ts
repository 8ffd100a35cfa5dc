/**
 * What bots are called and how they look. Nodes do not ask one another: each begins at a place of its own in the lists,
 * and passes over what players have already.
 */
import { playerColors } from "../core/PlayerColors.ts"
import type { Profile } from "../protocol/Ids.ts"

const names = (
  "Ada Bo Cleo Dag Eve Finn Gus Hope Ivo June Kai Liv Mo Nia Otto Pia Quinn Rosa Sol Tess Udo Vera Wim Xena Yan Zoe "
  + "Abe Bea Cy Dot Eli Fay Gil Hal Ida Jo Kit Lou Max Nell Oz Peg Rex Sue Ted Una Val Wes Alma Bert Cora Duke Edna "
  + "Fritz Gerd Hilda Ines Juri Kira Lars Mila Nils Olga Piet"
).split(" ")

/** FNV-1a (Fowler, Noll, Vo), 32 bits. */
const hash = (text: string): number => {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return value >>> 0
}

/** The first that nobody has, from a place in the list on; where all are taken, the one at that place. */
const free = (list: ReadonlyArray<string>, from: number, taken: ReadonlySet<string>): string => {
  const first = from % list.length
  return [...list.slice(first), ...list.slice(0, first)].find((one) => !taken.has(one)) ?? list[first]!
}

/** The next bot of this node, beside the players that it knows of. */
export const choose = (node: string, beside: ReadonlyArray<Profile>): Profile => {
  const place = hash(node)
  return {
    name: free(names, place, new Set(beside.map((profile) => profile.name))),
    color: free(playerColors, place >>> 8, new Set(beside.map((profile) => profile.color)))
  }
}
