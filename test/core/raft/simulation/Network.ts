/** Messages on their way: they may be lost, come twice, late and in any order, and links may be cut one way. */
import type { Message } from "../../../../src/core/raft/Message.ts"
import type { PeerId } from "../../../../src/protocol/Ids.ts"

export interface Sent {
  readonly from: PeerId
  readonly to: PeerId
  readonly message: Message
}

/** What is on its way at most: of more, the oldest are lost. */
const sentMax = 100

export class Network {
  private readonly sent: Array<Sent> = []
  private readonly cuts = new Set<string>()

  get size(): number {
    return this.sent.length
  }

  send(sent: Sent): void {
    if (this.sent.length >= sentMax) this.sent.shift()
    this.sent.push(sent)
  }

  /** Takes out one: the oldest, or any. Undefined: its link is cut, or there is none. */
  take(chance: number, inOrder: boolean): Sent | undefined {
    const { sent } = this
    if (sent.length === 0) return undefined
    let taken = sent[0]!
    if (inOrder) sent.shift()
    else {
      const at = Math.floor(chance * sent.length)
      taken = sent[at]!
      sent[at] = sent.at(-1)!
      sent.pop()
    }
    return this.cuts.has(taken.from + taken.to) ? undefined : taken
  }

  clear(): void {
    this.sent.length = 0
  }

  cut(from: PeerId, to: PeerId): void {
    this.cuts.add(from + to)
  }

  isolate(one: PeerId, all: Iterable<PeerId>): void {
    for (const other of all) {
      this.cut(one, other)
      this.cut(other, one)
    }
  }

  heal(): void {
    this.cuts.clear()
  }
}
