/** The appends that were sent to a follower and not answered yet: a window, bounded in messages and in bytes. */
export class InFlight {
  private readonly lasts: Array<number> = []
  private readonly sizes: Array<number> = []
  private head = 0
  private bytes = 0

  constructor(private readonly messagesMax: number, private readonly bytesMax: number) {}

  get count(): number {
    return this.lasts.length - this.head
  }

  /** Nothing more may be sent. The last append may have gone over the bytes. */
  get isFull(): boolean {
    return this.count >= this.messagesMax || this.bytes >= this.bytesMax
  }

  /** `last`: the index of its last entry. */
  add(last: number, bytes: number): void {
    this.lasts.push(last)
    this.sizes.push(bytes)
    this.bytes += bytes
  }

  /** The follower has all up to `index`. */
  freeTo(index: number): void {
    while (this.head < this.lasts.length && this.lasts[this.head]! <= index) this.bytes -= this.sizes[this.head++]!
    if (this.head < this.messagesMax && this.head < this.lasts.length) return
    this.lasts.splice(0, this.head)
    this.sizes.splice(0, this.head)
    this.head = 0
  }

  clear(): void {
    this.lasts.length = 0
    this.sizes.length = 0
    this.head = 0
    this.bytes = 0
  }
}
