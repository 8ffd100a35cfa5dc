/** Raftian's land by night: a sky with a moon, far hills, and a plain with the roads that join the cities. */
import { raftianPlaces } from "../../../../games/raftian/Board.ts"
import { blend, fillCircle, fillRect, graded, noise, paint, type Pen, stroke, trace, withAlpha } from "../painting.ts"
import { groundOf, type Look } from "./look.ts"

const skyTop = "#0d0c1c"
const skyLow = "#2a2346"
const plainFar = "#1d1a33"
const plainNear = "#0b0a14"

/** Hills of so many waves along the horizon. */
const hills = (pen: Pen, width: number, base: number, rise: number, seed: number): void => {
  pen.beginPath()
  pen.moveTo(0, base + 60)
  for (let x = 0; x <= width; x += 12) {
    const wave = Math.sin(x / 71 + seed) + 0.6 * Math.sin(x / 33 + seed * 2.3) + 0.25 * Math.sin(x / 13 + seed * 5)
    pen.lineTo(x, base - rise * (0.9 + wave * 0.5))
  }
  pen.lineTo(width, base + 60)
  pen.closePath()
  pen.fill()
}

const paintSky = (pen: Pen, width: number, horizon: number): void => {
  const sky = graded(pen.createLinearGradient(0, 0, 0, horizon), [0, skyTop], [1, skyLow])
  fillRect(pen, sky, 0, 0, width, horizon + 2)
  for (let i = 0; i < 130; i++) {
    const [x, y, bright] = [noise(i * 3 + 1) * width, noise(i * 3 + 2) * horizon, noise(i * 3 + 3)]
    const light = `rgba(255, 246, 226, ${0.12 + bright * 0.6 * (1 - y / horizon)})`
    fillCircle(pen, light, x, y, 0.5 + bright * 0.9)
  }
}

const paintMoon = (pen: Pen, x: number, y: number): void => {
  const halo = pen.createRadialGradient(x, y, 8, x, y, 120)
  graded(halo, [0, "rgba(255, 233, 190, 0.32)"], [1, "rgba(255, 233, 190, 0)"])
  fillRect(pen, halo, x - 120, y - 120, 240, 240)
  fillCircle(pen, "#f6e3b9", x, y, 19)
  for (const [dx, dy, r] of [[-6, -4, 4.5], [5, 6, 3.4], [7, -7, 2.4], [-5, 8, 2.2]] as const) {
    fillCircle(pen, "rgba(160, 130, 90, 0.22)", x + dx, y + dy, r)
  }
}

/** The plain, in rings around its middle, with a road from each place to it. */
const paintPlain = (pen: Pen, look: Look, horizon: number): void => {
  const { height, middle, reach, width } = look.layout
  const plain = graded(pen.createLinearGradient(0, horizon, 0, height), [0, plainFar], [1, plainNear])
  fillRect(pen, plain, 0, horizon, width, height - horizon)
  const [x, y] = [middle.x, middle.y + 14]
  const light = pen.createRadialGradient(x, y, 10, x, y, reach.x * 1.35)
  graded(light, [0, "rgba(120, 104, 190, 0.2)"], [1, "rgba(120, 104, 190, 0)"])
  fillRect(pen, light, 0, horizon, width, height - horizon)
  for (const share of [0.34, 0.67, 1]) {
    pen.beginPath()
    pen.ellipse(x, y, reach.x * share, reach.y * share, 0, 0, 2 * Math.PI)
    stroke(pen, withAlpha(look.theme.quiet, 0.13), 1.2)
  }
  pen.setLineDash([3, 9])
  pen.lineCap = "round"
  for (let index = 0; index < raftianPlaces.length; index++) {
    const ground = groundOf(look.layout, index)
    trace(pen, [[x, y], [ground.x, ground.y]])
    stroke(pen, withAlpha(look.theme.ink, 0.16), 2)
  }
  pen.setLineDash([])
}

export const paintBackdrop = (look: Look): void => {
  const { height, middle, reach, width } = look.layout
  paint(look.scene.textures, "land", width, height, look.scale, (pen) => {
    const horizon = middle.y - reach.y + 8
    paintSky(pen, width, horizon)
    paintMoon(pen, look.layout.wide ? 92 : 78, look.layout.wide ? 96 : 92)
    pen.fillStyle = blend(skyLow, "#000000", 0.22)
    hills(pen, width, horizon, 34, 1.7)
    pen.fillStyle = blend(plainFar, "#000000", 0.12)
    hills(pen, width, horizon + 6, 18, 4.1)
    paintPlain(pen, look, horizon + 4)
    const edge = pen.createRadialGradient(width / 2, height / 2, height * 0.4, width / 2, height / 2, width * 0.75)
    fillRect(pen, graded(edge, [0, "rgba(0, 0, 0, 0)"], [1, "rgba(0, 0, 0, 0.5)"]), 0, 0, width, height)
  })
}
