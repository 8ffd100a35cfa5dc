/** Raftian's land by night: a sky with a moon, far hills, and a plain with the roads that join the cities. */
import { raftianPlaces } from "../../../../games/raftian/Board.ts"
import { blend, paint, withAlpha } from "../painting.ts"
import { noise } from "../Pieces.ts"
import { groundOf, type Look } from "./look.ts"

const skyTop = "#0d0c1c"
const skyLow = "#2a2346"
const plainFar = "#1d1a33"
const plainNear = "#0b0a14"

/** Hills of so many waves along the horizon. */
const hills = (context: CanvasRenderingContext2D, width: number, base: number, rise: number, seed: number): void => {
  context.beginPath()
  context.moveTo(0, base + 60)
  for (let x = 0; x <= width; x += 12) {
    const wave = Math.sin(x / 71 + seed) + 0.6 * Math.sin(x / 33 + seed * 2.3) + 0.25 * Math.sin(x / 13 + seed * 5)
    context.lineTo(x, base - rise * (0.9 + wave * 0.5))
  }
  context.lineTo(width, base + 60)
  context.closePath()
  context.fill()
}

const paintSky = (context: CanvasRenderingContext2D, width: number, horizon: number): void => {
  const sky = context.createLinearGradient(0, 0, 0, horizon)
  sky.addColorStop(0, skyTop)
  sky.addColorStop(1, skyLow)
  context.fillStyle = sky
  context.fillRect(0, 0, width, horizon + 2)
  for (let i = 0; i < 130; i++) {
    const [x, y, bright] = [noise(i * 3 + 1) * width, noise(i * 3 + 2) * horizon, noise(i * 3 + 3)]
    context.fillStyle = `rgba(255, 246, 226, ${0.12 + bright * 0.6 * (1 - y / horizon)})`
    context.beginPath()
    context.arc(x, y, 0.5 + bright * 0.9, 0, 2 * Math.PI)
    context.fill()
  }
}

const paintMoon = (context: CanvasRenderingContext2D, x: number, y: number): void => {
  const halo = context.createRadialGradient(x, y, 8, x, y, 120)
  halo.addColorStop(0, "rgba(255, 233, 190, 0.32)")
  halo.addColorStop(1, "rgba(255, 233, 190, 0)")
  context.fillStyle = halo
  context.fillRect(x - 120, y - 120, 240, 240)
  context.fillStyle = "#f6e3b9"
  context.beginPath()
  context.arc(x, y, 19, 0, 2 * Math.PI)
  context.fill()
  context.fillStyle = "rgba(160, 130, 90, 0.22)"
  for (const [dx, dy, r] of [[-6, -4, 4.5], [5, 6, 3.4], [7, -7, 2.4], [-5, 8, 2.2]] as const) {
    context.beginPath()
    context.arc(x + dx, y + dy, r, 0, 2 * Math.PI)
    context.fill()
  }
}

/** The plain, in rings around its middle, with a road from each place to it. */
const paintPlain = (context: CanvasRenderingContext2D, look: Look, horizon: number): void => {
  const { height, middle, reach, width } = look.layout
  const plain = context.createLinearGradient(0, horizon, 0, height)
  plain.addColorStop(0, plainFar)
  plain.addColorStop(1, plainNear)
  context.fillStyle = plain
  context.fillRect(0, horizon, width, height - horizon)
  const [x, y] = [middle.x, middle.y + 14]
  const light = context.createRadialGradient(x, y, 10, x, y, reach.x * 1.35)
  light.addColorStop(0, "rgba(120, 104, 190, 0.2)")
  light.addColorStop(1, "rgba(120, 104, 190, 0)")
  context.fillStyle = light
  context.fillRect(0, horizon, width, height - horizon)
  context.strokeStyle = withAlpha(look.theme.quiet, 0.13)
  context.lineWidth = 1.2
  for (const share of [0.34, 0.67, 1]) {
    context.beginPath()
    context.ellipse(x, y, reach.x * share, reach.y * share, 0, 0, 2 * Math.PI)
    context.stroke()
  }
  context.setLineDash([3, 9])
  context.lineCap = "round"
  context.strokeStyle = withAlpha(look.theme.ink, 0.16)
  context.lineWidth = 2
  for (let index = 0; index < raftianPlaces.length; index++) {
    const ground = groundOf(look.layout, index)
    context.beginPath()
    context.moveTo(x, y)
    context.lineTo(ground.x, ground.y)
    context.stroke()
  }
  context.setLineDash([])
}

export const paintBackdrop = (look: Look): void => {
  const { height, middle, reach, width } = look.layout
  paint(look.scene.textures, "land", width, height, look.scale, (context) => {
    const horizon = middle.y - reach.y + 8
    paintSky(context, width, horizon)
    paintMoon(context, look.layout.wide ? 92 : 78, look.layout.wide ? 96 : 92)
    context.fillStyle = blend(skyLow, "#000000", 0.22)
    hills(context, width, horizon, 34, 1.7)
    context.fillStyle = blend(plainFar, "#000000", 0.12)
    hills(context, width, horizon + 6, 18, 4.1)
    paintPlain(context, look, horizon + 4)
    const edge = context.createRadialGradient(width / 2, height / 2, height * 0.4, width / 2, height / 2, width * 0.75)
    edge.addColorStop(0, "rgba(0, 0, 0, 0)")
    edge.addColorStop(1, "rgba(0, 0, 0, 0.5)")
    context.fillStyle = edge
    context.fillRect(0, 0, width, height)
  })
}
