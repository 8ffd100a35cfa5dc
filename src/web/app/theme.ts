/** The page's colours for scenes: the same values as in the style sheet. */
import type { Theme } from "../Scene.ts"

const light: Theme = {
  dark: false,
  page: "#f1eadc",
  field: "#fbf6ea",
  ink: "#241f31",
  quiet: "#6e6579",
  gold: "#f0a91b",
  accent: "#e0452b"
}

/** Also for scenes that are dark in both lights. */
export const dark: Theme = {
  dark: true,
  page: "#14121b",
  field: "#1d1a27",
  ink: "#f4ecdc",
  quiet: "#a59cb3",
  gold: "#ffc24a",
  accent: "#ff6a4d"
}

const query = matchMedia("(prefers-color-scheme: dark)")

export const theme = (): Theme => query.matches ? dark : light

const motion = matchMedia("(prefers-reduced-motion: reduce)")

export const reducedMotion = (): boolean => motion.matches

/** Twelve colours that hold their own on paper and on night, and beside each other. */
export const playerColors: ReadonlyArray<{ readonly name: string; readonly color: string }> = [
  { name: "Vermilion", color: "#e8503a" },
  { name: "Tangerine", color: "#f28a2e" },
  { name: "Moss", color: "#8a9a3b" },
  { name: "Leaf", color: "#3fa35b" },
  { name: "Lagoon", color: "#1fa39a" },
  { name: "Sky", color: "#3f9bdc" },
  { name: "Cobalt", color: "#4a63d8" },
  { name: "Violet", color: "#8257d4" },
  { name: "Orchid", color: "#c24fb8" },
  { name: "Rose", color: "#ea5f8b" },
  { name: "Clay", color: "#a8694a" },
  { name: "Slate", color: "#70809a" }
]
