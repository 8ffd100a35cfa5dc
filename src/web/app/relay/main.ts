/**
 * The relay's demonstration (row E9): circles that move here, sent through a real relay, and shown as they come out of it.
 * Lag, jitter, spikes and loss are put on by this page on the way from the relay to the remote board.
 */
import { field, frameMs, move, speed } from "../../../core/smoothing/Course.ts"
import { RemoteObject } from "../../../core/smoothing/RemoteObject.ts"
import { playerColors, theme } from "../theme.ts"
import "../styles/base.css"
import "./demo.css"
import * as chartOf from "./chart.ts"
import * as controls from "./controls.ts"
import { connect } from "./relayClient.ts"

const circles = 6
const radius = 14
const spikeEveryMs = 4_000
/** As a game knows its board. */
const walls = [[0, field.width], [0, field.height]] as const

const turned: controls.Turned = {
  method: "combined",
  ghost: true,
  updatesPerSecond: 10,
  lagMs: 100,
  jitterMs: 50,
  spikeMs: 0,
  lossPercent: 5
}

interface News {
  readonly circle: number
  readonly stampMs: number
  readonly point: readonly [number, number]
  readonly velocity: readonly [number, number]
}

const byId = <A extends HTMLElement>(id: string): A => document.getElementById(id) as A
const address = new URL(location.href).searchParams.get("relay") ?? ""
const sender = connect(address, "local", "demo")
const receiver = connect(address, "remote", "demo")
const local = Array.from({ length: circles }, (_, i) => move("ball", () => (0.17 + i * 0.381966) % 1))
let remote: ReadonlyArray<RemoteObject> = []
let underWay: Array<{ readonly atMs: number; readonly news: News }> = []
let spikeUntilMs = 0
let nextSpikeMs = spikeEveryMs
const figures = { error: 0, jump: 0, tripMs: 0, received: 0 }
/** The fastest way through the relay, of late. */
let fastestMs = Infinity

const renew = (): void => {
  const method = remote[0]?.settings.method
  if (method !== turned.method) remote = local.map(() => new RemoteObject({ method: turned.method, walls }))
  figures.jump = 0
}
renew()
controls.make(byId<HTMLFormElement>("controls"), turned, renew)
const chart = chartOf.make(byId("chart"))

// ------------------------------------------------------------------ through the relay

let sentAtMs = 0

const send = (nowMs: number): void => {
  if (nowMs - sentAtMs < 1000 / turned.updatesPerSecond) return
  sentAtMs = nowMs
  local.forEach(({ object }, circle) => {
    const news: News = { circle, stampMs: nowMs, point: [object.x, object.y], velocity: [object.vx, object.vy] }
    sender.send(news, `circle ${circle}`)
  })
}

const receive = (nowMs: number): void => {
  if (turned.spikeMs > 0 && nowMs >= nextSpikeMs) {
    nextSpikeMs = nowMs + spikeEveryMs
    spikeUntilMs = nowMs + turned.spikeMs
  }
  for (const event of receiver.events()) {
    if (event._tag !== "event") continue
    const news = event.event as News
    figures.received++
    figures.tripMs += 0.05 * (nowMs - news.stampMs - figures.tripMs)
    fastestMs = Math.min(nowMs - news.stampMs, fastestMs + 0.05)
    if (Math.random() * 100 < turned.lossPercent) continue
    const comes = nowMs + turned.lagMs + Math.random() * turned.jitterMs
    underWay.push({ atMs: Math.max(comes, spikeUntilMs), news })
  }
  underWay.sort((a, b) => a.atMs - b.atMs)
  const due = underWay.filter(({ atMs }) => atMs <= nowMs)
  underWay = underWay.slice(due.length)
  for (const object of remote) object.lagMs = turned.lagMs + (fastestMs < Infinity ? fastestMs : 0)
  for (const { news } of due) remote[news.circle]?.push(news, nowMs)
}

// ------------------------------------------------------------------ on screen

const boards = { local: byId<HTMLCanvasElement>("local"), remote: byId<HTMLCanvasElement>("remote") }

const circle = (pen: CanvasRenderingContext2D, x: number, y: number, color: string, ghost: boolean): void => {
  pen.beginPath()
  pen.arc(x, y, radius, 0, 2 * Math.PI)
  if (ghost) {
    pen.setLineDash([4, 4])
    pen.strokeStyle = theme().quiet
    pen.lineWidth = 1.5
    pen.stroke()
    pen.setLineDash([])
  } else {
    pen.fillStyle = color
    pen.fill()
  }
}

const prepare = (canvas: HTMLCanvasElement): CanvasRenderingContext2D => {
  const scale = Math.min(2, devicePixelRatio)
  const [width, height] = [Math.round(canvas.clientWidth * scale), Math.round(canvas.clientWidth * scale / 2)]
  if (canvas.width !== width) [canvas.width, canvas.height] = [width, height]
  const pen = canvas.getContext("2d")!
  const size = width / (field.width + 2 * radius)
  pen.setTransform(size, 0, 0, size, radius * size, (height - field.height * size) / 2)
  pen.clearRect(-radius, -radius, field.width + 2 * radius, field.height + 2 * radius)
  return pen
}

let shown: ReadonlyArray<readonly [number, number] | null> = []

const draw = (nowMs: number, passedMs: number): void => {
  const pens = { local: prepare(boards.local), remote: prepare(boards.remote) }
  const before = shown
  let [sum, count] = [0, 0]
  shown = local.map(({ object }, i) => {
    const color = playerColors[(i * 5) % playerColors.length]!.color
    circle(pens.local, object.x, object.y, color, false)
    if (turned.ghost) circle(pens.remote, object.x, object.y, color, true)
    const point = remote[i]!.sample(nowMs)
    if (point === null) return null
    const [x, y] = point as readonly [number, number]
    circle(pens.remote, x, y, color, false)
    sum += Math.hypot(x - object.x, y - object.y)
    count++
    const last = before[i]
    if (last) {
      // Of a sixtieth of a second, however long this frame took.
      const beyond = (Math.hypot(x - last[0], y - last[1]) / passedMs - speed / 1000) * frameMs
      figures.jump = Math.max(figures.jump * 0.9995, beyond)
    }
    return [x, y] as const
  })
  if (count > 0) {
    figures.error += 0.05 * (sum / count - figures.error)
    chart.add(nowMs, sum / count)
  }
}

const write = (): void => {
  byId("error").textContent = `${figures.error.toFixed(1)} px`
  byId("jump").textContent = `${Math.max(0, figures.jump).toFixed(1)} px`
  byId("trip").textContent = `${figures.tripMs.toFixed(0)} ms`
  byId("state").textContent = receiver.id === null
    ? "no relay: it is tried again"
    : `${turned.method}, ${turned.updatesPerSecond} updates a second`
  chart.draw()
}

let lastMs = performance.now()
let steppedMs = lastMs
let writtenMs = 0

const frame = (nowMs: number): void => {
  const passedMs = nowMs - lastMs
  lastMs = nowMs
  // A page that was hidden goes on from where it was.
  if (nowMs - steppedMs > 1_000) steppedMs = nowMs
  for (; steppedMs < nowMs; steppedMs++) for (const { step } of local) step()
  send(nowMs)
  receive(nowMs)
  draw(nowMs, passedMs)
  if (nowMs - writtenMs > 100) {
    writtenMs = nowMs
    write()
  }
  requestAnimationFrame(frame)
}
requestAnimationFrame(frame)

/** For tests: what the page measures. */
Object.assign(window, { __relayDemo: figures })
