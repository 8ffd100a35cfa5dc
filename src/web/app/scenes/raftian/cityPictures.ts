/** Cities as pictures: a skyline behind a wall, with fewer lights and lower towers the less HP is left. */
import type Phaser from "phaser"
import { blend, fillRect, graded, noise, paint, type Pen, stroke, trace, withAlpha } from "../painting.ts"

export const picture = { width: 176, height: 150, groundX: 88, groundY: 116 } as const

export interface CityPicture {
  readonly color: string
  readonly place: number
  readonly hp: number
}

export const cityKey = ({ color, hp, place }: CityPicture): string => `city${color}/${place}/${hp}`

interface Tower {
  readonly x: number
  readonly width: number
  readonly height: number
  readonly roof: "flat" | "spire" | "dome" | "mast"
  /** Falls when less than so many HP are left. */
  readonly fallsBelow: number
  readonly seed: number
}

const roofs = ["flat", "spire", "flat", "mast", "dome"] as const
const reachX = 56

/** A row of towers, the highest about the middle; each place has its own. */
const towersOf = (place: number, row: "back" | "front"): ReadonlyArray<Tower> => {
  const many = row === "back" ? 7 : 6
  const tallest = row === "back" ? 84 : 52
  return Array.from({ length: many }, (_, index) => {
    const seed = place * 97 + index * 13 + (row === "back" ? 0 : 1000)
    const at = (index / (many - 1)) * 2 - 1
    const width = (2 * reachX / many) * (0.86 + noise(seed) * 0.34)
    return {
      x: picture.groundX + at * (reachX - 7) - width / 2,
      width,
      height: tallest * (1 - 0.62 * at * at) * (0.58 + 0.5 * noise(seed + 1)),
      roof: roofs[Math.floor(noise(seed + 2) * roofs.length)]!,
      fallsBelow: 18 + noise(seed + 3) * 78,
      seed
    }
  })
}

const base = picture.groundY - 2

const fillRoof = (pen: Pen, { roof, seed, width, x }: Tower, top: number): void => {
  const middle = x + width / 2
  pen.beginPath()
  if (roof === "spire") trace(pen, [[x, top], [middle, top - width * 0.95], [x + width, top]])
  else if (roof === "dome") pen.arc(middle, top + 0.5, width / 2, Math.PI, 2 * Math.PI)
  else if (roof === "mast") pen.rect(middle - 0.8, top - 9 - noise(seed + 7) * 8, 1.6, 18)
  else pen.rect(x + width * 0.18, top - 3, width * 0.34, 4)
  pen.fill()
}

/** What is left of a tower that was hit: a stump with a jagged edge. */
const fillStump = (pen: Pen, { height, seed, width, x }: Tower): void => {
  const top = base - height * (0.2 + 0.24 * noise(seed + 4))
  pen.beginPath()
  pen.moveTo(x, base)
  for (let step = 0; step <= 4; step++) pen.lineTo(x + (step / 4) * width, top + noise(seed + 20 + step) * 11)
  pen.lineTo(x + width, base)
  pen.fill()
}

const paintWindows = (
  pen: Pen,
  { height, seed, width, x }: Tower,
  light: string,
  share: number
): void => {
  const columns = Math.max(2, Math.floor(width / 5))
  const gap = width / columns
  const rows = Math.floor((height - 5) / 6)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const chance = noise(seed * 31 + row * 7 + column * 3)
      const isLit = chance < share
      const ink = isLit ? (chance < share * 0.3 ? "#ffe9b8" : light) : "rgba(0, 0, 0, 0.34)"
      fillRect(pen, ink, x + column * gap + gap * 0.28, base - height + 4 + row * 6, gap * 0.46, 3.2)
    }
  }
}

const paintRow = (
  pen: Pen,
  { color, hp, place }: CityPicture,
  row: "back" | "front"
): void => {
  const isRuin = hp === 0
  const stone = isRuin
    ? (row === "back" ? "#24212d" : "#302c3a")
    : row === "back"
    ? blend(color, "#0c0b16", 0.74)
    : blend(color, "#0f0d1a", 0.58)
  for (const tower of towersOf(place, row)) {
    pen.fillStyle = stone
    if (isRuin || hp < tower.fallsBelow) {
      fillStump(pen, tower)
      continue
    }
    pen.fillRect(tower.x, base - tower.height, tower.width, tower.height)
    fillRoof(pen, tower, base - tower.height)
    fillRect(pen, "rgba(255, 255, 255, 0.1)", tower.x, base - tower.height, 1.4, tower.height)
    paintWindows(pen, tower, blend(color, "#ffffff", row === "back" ? 0.28 : 0.5), 0.22 + (hp / 100) * 0.5)
  }
}

const wallHeight = 17
const merlons = 15

/** The wall before the towers, with a gate; breached when the city is weak. */
const paintWall = (pen: Pen, { color, hp, place }: CityPicture): void => {
  const [left, right] = [picture.groundX - reachX - 9, picture.groundX + reachX + 9]
  const stone = hp === 0 ? "#3a3545" : blend(color, "#1a1626", 0.36)
  const top = base - wallHeight + 8
  const step = (right - left) / (merlons * 2 - 1)
  for (let index = 0; index < merlons * 2 - 1; index++) {
    const isHole = hp < 75 && noise(place * 53 + index) * 100 > hp + 18
    const x = left + index * step
    // The wall stands on a curve: nearer in its middle.
    const bend = 6 * (1 - ((index / (merlons - 1)) - 1) ** 2)
    const from = top + bend + (isHole ? 6 + noise(index + place) * 5 : index % 2 === 0 ? -4.5 : 0)
    fillRect(pen, stone, x, from, step + 0.4, base + 8 + bend - from)
    if (hp > 0) fillRect(pen, "rgba(255, 255, 255, 0.16)", x, from, step + 0.4, 1.3)
  }
  pen.fillStyle = "rgba(0, 0, 0, 0.22)"
  for (let course = 0; course < 2; course++) pen.fillRect(left, top + 8 + course * 5, right - left, 1)
  const [x, y] = [picture.groundX, base + 13.5]
  pen.fillStyle = hp === 0 ? "#08070b" : blend(color, "#060509", 0.8)
  pen.beginPath()
  pen.moveTo(x - 7, y)
  pen.lineTo(x - 7, y - 9)
  pen.arc(x, y - 9, 7, Math.PI, 2 * Math.PI)
  pen.lineTo(x + 7, y)
  pen.fill()
  if (hp > 0) fillRect(pen, withAlpha("#ffdf9a", 0.75), x - 1, y - 9, 2, 9)
}

const paintFlag = (pen: Pen, { color, place }: CityPicture): void => {
  const tallest = towersOf(place, "back").reduce((a, b) => a.height > b.height ? a : b)
  const [x, top] = [tallest.x + tallest.width / 2, base - tallest.height - 22]
  fillRect(pen, "#d9d2e6", x - 0.7, top, 1.4, 24)
  pen.fillStyle = blend(color, "#ffffff", 0.12)
  pen.beginPath()
  pen.moveTo(x + 0.7, top)
  pen.quadraticCurveTo(x + 8, top - 2.5, x + 17, top + 3)
  pen.quadraticCurveTo(x + 9, top + 5, x + 0.7, top + 9)
  pen.fill()
}

const paintGround = (pen: Pen, { color, hp }: CityPicture): void => {
  const { groundX: x, groundY: y } = picture
  const light = pen.createRadialGradient(x, y - 26, 4, x, y - 26, 84)
  graded(light, [0, withAlpha(color, 0.42 * (hp / 100))], [1, withAlpha(color, 0)])
  fillRect(pen, light, 0, 0, picture.width, picture.height)
  pen.fillStyle = "rgba(4, 3, 9, 0.72)"
  pen.beginPath()
  pen.ellipse(x, y + 6, 80, 24, 0, 0, 2 * Math.PI)
  pen.fill()
  stroke(pen, hp === 0 ? "rgba(120, 110, 130, 0.25)" : withAlpha(color, 0.75), 2)
}

const paintEmbers = (pen: Pen, place: number): void => {
  for (let i = 0; i < 16; i++) {
    const x = picture.groundX + (noise(place * 7 + i) - 0.5) * 2 * reachX
    fillRect(
      pen,
      i % 3 === 0 ? "rgba(255, 150, 70, 0.9)" : "rgba(214, 66, 32, 0.75)",
      x,
      base - 2 - noise(place * 11 + i * 5) * 15,
      1.6,
      1.6
    )
  }
}

/** A city with so many HP; 0 is a ruin. */
export const paintCity = (textures: Phaser.Textures.TextureManager, city: CityPicture, scale: number): void =>
  paint(textures, cityKey(city), picture.width, picture.height, scale, (pen) => {
    paintGround(pen, city)
    if (city.hp > 0) paintFlag(pen, city)
    paintRow(pen, city, "back")
    paintRow(pen, city, "front")
    paintWall(pen, city)
    if (city.hp === 0) paintEmbers(pen, city.place)
  })
