/** A node's status as people read it. */
import type { PeerStatus, ReignStatus, Status } from "../protocol/Status.ts"
import { asIs, type Ink } from "./Ink.ts"
import * as Table from "./Table.ts"

const none = "–"

/** Digits in groups of three, whatever the machine's language. */
const count = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, " ")

const ms = (value: number | null): string =>
  value === null ? none : value < 10 ? `${value.toFixed(1)} ms` : `${count(Math.round(value))} ms`

/** 0.4 s, 12 s, 3 min 5 s, 2 h 10 min. */
const span = (milliseconds: number): string => {
  const seconds = milliseconds / 1000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 60) return `${Math.floor(seconds)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`
  return `${count(Math.floor(minutes / 60))} h ${minutes % 60} min`
}

type Node = Omit<PeerStatus, "state"> & { readonly state: PeerStatus["state"] | "self" }

const states: Readonly<Record<Node["state"], string>> = {
  self: "this node",
  up: "up",
  suspect: "silent",
  down: "gone"
}

const nodes = (status: Status, ink: Ink): ReadonlyArray<string> => {
  const self: Node = { peerId: status.peerId, name: status.name, address: "", state: "self", rttMs: null, via: null }
  const all: ReadonlyArray<Node> = [self, ...status.peers].sort((a, b) => a.peerId < b.peerId ? 1 : -1)
  const hosts = (node: Node) => node.peerId === status.host
  return Table.format<Node>(
    [
      { title: "node", cell: (node) => node.name, ink: () => ink.bold },
      {
        title: "role",
        cell: (node) =>
          hosts(node) ? "host" : node.state === "self" ? status.role : node.state === "down" ? none : "peer",
        ink: (node) => hosts(node) ? ink.good : node.state === "self" && status.role === "electing" ? ink.odd : asIs
      },
      { title: "address", cell: (node) => node.address === "" ? none : node.address },
      {
        title: "state",
        cell: (node) => states[node.state] + (node.via === null ? "" : `, through ${nameOf(status)(node.via)}`),
        ink: (node) =>
          node.state === "up" ? ink.good : node.state === "suspect" ? ink.odd : node.state === "down" ? ink.bad : asIs
      },
      { title: "round trip", cell: (node) => ms(node.rttMs), align: "right" },
      { title: "id", cell: (node) => node.peerId, ink: () => ink.quiet }
    ],
    all,
    ink
  )
}

const nameOf = (status: Status) => (peerId: string): string =>
  peerId === status.peerId
    ? status.name
    : status.peers.find((peer) => peer.peerId === peerId)?.name ?? peerId.slice(0, 8)

const players = (status: Status, ink: Ink): ReadonlyArray<string> => {
  const name = nameOf(status)
  const sorted = [...status.players].sort((a, b) =>
    a.room < b.room ? -1 : a.room > b.room ? 1 : b.gamesWon - a.gamesWon || b.score - a.score || a.seat - b.seat
  )
  const columns: ReadonlyArray<Table.Column<Status["players"][number]>> = [
    { title: "player", cell: (player) => player.name, ink: (player) => player.away ? ink.quiet : ink.bold },
    { title: "score", cell: (player) => count(player.score), align: "right" },
    { title: "won", cell: (player) => count(player.gamesWon), align: "right" },
    { title: "at node", cell: (player) => name(player.node) },
    { title: "", cell: (player) => player.away ? "away" : "", ink: () => ink.odd }
  ]
  const room = { title: "room", cell: (player: Status["players"][number]) => player.room }
  return Table.format(status.rooms.length > 1 ? [room, ...columns] : columns, sorted, ink)
}

type RoomLine = Status["rooms"][number]

const rooms = (status: Status, ink: Ink): ReadonlyArray<string> => {
  const behind = ({ lag }: RoomLine): number => Math.max(0, ...Object.values(lag))
  return Table.format<RoomLine>(
    [
      { title: "room", cell: ({ room }) => room, ink: () => ink.bold },
      { title: "state", cell: ({ state }) => state },
      { title: "seats", cell: ({ seats }) => count(seats), align: "right" },
      { title: "clock", cell: ({ clock }) => count(clock), align: "right" },
      { title: "events behind", cell: (room) => status.role === "host" ? count(behind(room)) : none, align: "right" }
    ],
    status.rooms,
    ink
  )
}

/** The newest this many are shown; JSON has them all. */
const reignsShown = 10

const reigns = (status: Status, ink: Ink): ReadonlyArray<string> => {
  const name = nameOf(status)
  return Table.format<ReignStatus>(
    [
      { title: "reign", cell: (reign) => String(reign.epoch), align: "right" },
      {
        title: "host",
        cell: (reign) => name(reign.host),
        ink: (reign) => reign.epoch === status.epoch ? ink.good : asIs
      },
      { title: "began by", cell: (reign) => reign.cause },
      { title: "interregnum", cell: (reign) => ms(reign.interregnumMs), align: "right" }
    ],
    status.reigns.slice(-reignsShown).reverse(),
    ink
  )
}

const counterTexts: { readonly [name in keyof Status["counters"]]: string } = {
  framesIn: "frames in",
  framesOut: "frames out",
  framesRejected: "rejected",
  framesFenced: "of older reigns",
  inputsApplied: "inputs applied",
  inputsDuplicate: "came twice",
  eventsResent: "events sent again",
  snapshotsSent: "rooms sent whole",
  inputsDisputed: "disputed",
  regressions: "regressions",
  lossesTold: "undone by healing"
}

/** What is 0 unless a promise is broken. */
const promises: ReadonlySet<string> = new Set(["inputsDisputed", "regressions"])

const counters = (status: Status, ink: Ink): string => {
  const names = Object.keys(counterTexts) as ReadonlyArray<keyof Status["counters"]>
  return `  ${
    names.map((name) => {
      const text = `${counterTexts[name]} ${count(status.counters[name])}`
      return promises.has(name) && status.counters[name] > 0 ? ink.bad(text) : text
    }).join(ink.quiet(" · "))
  }`
}

const seat = (many: number): string => many === 1 ? "1 player" : `${many} players`

/** The whole text, without a line end. */
export const format = (status: Status, ink: Ink): string => {
  const host = status.host === null
    ? ink.odd("no host: electing")
    : `${ink.good(nameOf(status)(status.host))} hosts${status.host === status.peerId ? " (this node)" : ""}`
  const epoch = status.epoch === null ? "" : `, reign ${status.epoch}`
  const { by, term, voters } = status.election
  const election = by === "bully"
    ? ""
    : term === null
    ? ", by Raft"
    : `, by Raft: term ${term}, ${voters.length} voters`
  const first = status.firstViewMs === null ? "no view yet" : `first view after ${span(status.firstViewMs)}`
  const section = (title: string, lines: ReadonlyArray<string>): ReadonlyArray<string> =>
    lines.length === 0 ? [] : ["", ink.bold(title), ...lines]
  return [
    `${ink.bold(status.game)} in cluster ${ink.bold(status.cluster)}: ${host}${epoch}${election}`,
    ink.quiet(
      `clock ${count(status.clock)} (${span(status.clock * 1000 / status.tickRate)} of play), event ${
        count(status.seq)
      }, `
        + `${seat(status.players.length)}; up for ${span(status.uptimeMs)}, ${first}`
    ),
    ...(status.waitsFor === null ? [] : [ink.odd(`everybody waits for ${status.waitsFor}, which is away`)]),
    ...section("Nodes", nodes(status, ink)),
    ...section("Rooms", status.rooms.length > 1 ? rooms(status, ink) : []),
    ...section("Players", players(status, ink)),
    ...section(
      status.reigns.length > reignsShown ? `Reigns (the newest ${reignsShown} of ${status.reigns.length})` : "Reigns",
      reigns(status, ink)
    ),
    ...section("Counters", [counters(status, ink)])
  ].join("\n")
}
