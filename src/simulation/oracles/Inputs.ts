/** Promise 3: what became of the inputs that players sent. */
import { chainInput } from "../../core/InputLedger.ts"
import type { RoomState } from "../../core/Room.ts"
import type { BotRecord } from "../../layers/clients/BotsPlaying.ts"
import type { SeatRecord } from "../../protocol/Event.ts"
import { compare, equals, type ReignRef } from "../../protocol/Reign.ts"
import type { SimulatedProcess } from "../SimulatedProcess.ts"
import { type Known, shownOf } from "./Known.ts"
import { headOf } from "./Logs.ts"
import { isKept, lineOf } from "./ThinScreens.ts"
import { isLossless, type World } from "./World.ts"

/** Inputs that far back are in nobody's hands any more. */
const rememberedNumbers = 256
/** After so many tries to explain a state it is taken for explained: splits that heal leave many ways. */
const triesMax = 50_000

/** What one player sent in one seat. */
class Account {
  /** What it sent last, and when. */
  private last = { number: 0, atMs: 0 }
  /** The last number of which it was told, which goes back when another lineage goes on. */
  told = 0
  /** The inputs sent under each number; more than one only after a split. */
  private readonly sent = new Map<number, Array<unknown>>()
  /** The running hashes that states had at each number, once explained: one for each lineage. */
  private readonly hashes = new Map<number, Set<number>>([[0, new Set([0])]])
  private highest = 0
  acknowledged = 0
  acknowledgedAtMs = -Infinity
  /** The reign that ordered it, and the line that this is of. */
  acknowledgedIn: ReignRef | null = null
  acknowledgedLine: ReignRef | null = null
  /** The nodes that had applied it by then, as far as somebody who plays counts on them. */
  holders: ReadonlyArray<Known> = []

  constructor(readonly player: string, readonly seat: number) {}

  rebase(number: number): void {
    this.told = number
    this.last = { number, atMs: 0 }
  }

  /** Whether it waits for an answer since before this moment. */
  waitsSince(ms: number): boolean {
    return this.last.number > this.told && this.last.atMs < ms
  }

  send(number: number, input: unknown, atMs: number): void {
    this.last = { number, atMs }
    this.sent.set(number, [...this.sent.get(number) ?? [], input])
    this.highest = Math.max(this.highest, number)
    this.sent.delete(number - rememberedNumbers)
    this.hashes.delete(number - rememberedNumbers)
  }

  /** Whether exactly inputs that were sent made this hash, each once and in order; true too where it is too long ago. */
  explains({ inputHash, lastInput }: SeatRecord): boolean {
    if (lastInput <= this.highest - rememberedNumbers) return true
    const known = this.hashes.get(lastInput) ?? new Set()
    if (known.has(inputHash)) return true
    if (!this.leadsTo(lastInput, inputHash)) return false
    this.hashes.set(lastInput, known.add(inputHash))
    return true
  }

  /** From what was explained before, the nearest first: states are looked at often, so that is a few inputs back. */
  private leadsTo(number: number, hash: number): boolean {
    let tries = triesMax
    const reaches = (at: number, from: number): boolean => {
      if (at === number) return from === hash
      return (this.sent.get(at + 1) ?? []).some((input) =>
        --tries < 0 || reaches(at + 1, chainInput(from, at + 1, input))
      )
    }
    for (let at = number - 1; at >= 0 && number - at <= rememberedNumbers && this.sent.has(at + 1); at--) {
      for (const from of this.hashes.get(at) ?? []) if (reaches(at, from)) return true
    }
    return false
  }
}

export class InputOracle {
  private readonly accounts = new Map<string, Account>()
  /** By player: where it plays, and in which seat. */
  private readonly processes = new Map<string, SimulatedProcess>()
  private readonly seats = new Map<string, number>()

  constructor(private readonly world: World) {}

  /** `known`: the node that it plays at; null: it is a thin client. */
  played(process: SimulatedProcess, known: Known | null, bot: number, record: BotRecord): void {
    const player = `${process.name}-${bot}`
    this.processes.set(player, process)
    const account = this.account(player, record.seat)
    this.seats.set(player, record.seat)
    if (record._tag === "input") account.send(record.number, record.input, this.world.nowMs())
    else if (record._tag === "rebased") account.rebase(record.number)
    else if (record._tag === "acknowledged") this.acknowledged(account, known, record)
  }

  private acknowledged(
    account: Account,
    known: Known | null,
    { epoch, number, verdict }: Extract<BotRecord, { readonly _tag: "acknowledged" }>
  ): void {
    const { world } = this
    const reigns = world.reignsOf(epoch)
    const line = known === null ? lineOf(reigns) : known.standing?.reign?.root ?? null
    if (verdict === "disputed" && (known === null ? this.mustLast(account, line) : isLossless(world, known))) {
      world.fail("3", `${account.player} was acknowledged input ${number} with another hash than it sent`)
    }
    account.told = number
    if (number <= account.acknowledged) return
    account.acknowledged = number
    account.acknowledgedAtMs = world.nowMs()
    account.acknowledgedIn = known === null
      ? (reigns.length === 1 ? reigns[0]! : null)
      : shownOf(known.node)?.reign ?? null
    account.acknowledgedLine = line
    account.holders = known === null ? world.alive().filter(has(account.seat, number, line)) : [known]
  }

  /** Whether what a thin client was acknowledged must be in what it is shown in this line. */
  private mustLast({ acknowledgedAtMs, acknowledgedIn, acknowledgedLine, holders }: Account, line: ReignRef | null) {
    if (acknowledgedIn === null || !equals(acknowledgedLine, line)) return false
    return isKept(this.world, { atMs: acknowledgedAtMs, line: acknowledgedLine, holders })
  }

  folded(known: Known, state: RoomState): void {
    const { node } = known
    for (const seat of state.seats) {
      const account = this.accounts.get(`${seat.profile.name}/${seat.seat}`)
      if (account === undefined) continue
      if (!account.explains(seat)) {
        this.world.fail(
          "3",
          `${node.name} has applied other inputs of ${seat.profile.name} up to number ${seat.lastInput} than were sent`
        )
      }
      this.kept(known, state, seat, account)
    }
  }

  private kept(known: Known, state: RoomState, seat: SeatRecord, account: Account): void {
    const { node } = known
    const { acknowledged, acknowledgedAtMs, acknowledgedIn, acknowledgedLine, holders } = account
    if (seat.lastInput >= acknowledged || acknowledgedIn === null || !isLossless(this.world, known)) return
    if (acknowledgedLine === null || !equals(acknowledgedLine, known.standing?.reign?.root ?? null)) return
    // What only those have seen who are gone must survive where a majority remembers it.
    const { memory, quorum } = this.world
    const held = quorum ? memory.holds(acknowledgedLine, acknowledgedAtMs) : holders.some(({ node }) => node.isUp)
    if (!held) return
    if (compare(state.reign, acknowledgedIn) > 0) {
      this.world.fail(
        "3",
        `input ${acknowledged} of ${seat.profile.name} was acknowledged, and is not in ${headOf(state)} on ${node.name}`
      )
    }
  }

  /** Players who still wait for an acknowledgement of something that they sent before this moment. */
  unheard(beforeMs: number): ReadonlyArray<string> {
    return [...this.accounts.values()].flatMap((account) => {
      const { player, seat } = account
      const plays = this.processes.get(player)?.isUp === true && this.seats.get(player) === seat
      return plays && account.waitsSince(beforeMs) ? [player] : []
    })
  }

  private account(player: string, seat: number): Account {
    const key = `${player}/${seat}`
    let account = this.accounts.get(key)
    if (account === undefined) this.accounts.set(key, account = new Account(player, seat))
    return account
  }
}

const has = (seat: number, number: number, line: ReignRef | null) => ({ standing, state }: Known): boolean =>
  equals(standing?.reign?.root ?? null, line)
  && (state?.seats.find((record) => record.seat === seat)?.lastInput ?? 0) >= number
