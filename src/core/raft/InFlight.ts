/** The appends that were sent to a follower and not answered yet: a window, bounded in messages and in bytes. */
export class InFlight {
  private appends: Array<{ readonly last: number; readonly bytes: number }> = []
  private bytes = 0

  constructor(private readonly messagesMax: number, private readonly bytesMax: number) {}

  /** Nothing more may be sent. The last append may have gone over the bytes. */
  get isFull(): boolean {
    return this.appends.length >= this.messagesMax || this.bytes >= this.bytesMax
  }

  /** `last`: the index of its last entry. */
  add(last: number, bytes: number): void {
    this.appends.push({ last, bytes })
    this.bytes += bytes
  }

  /** The follower has all up to `index`. */
  freeTo(index: number): void {
    while (this.appends.length > 0 && this.appends[0]!.last <= index) this.bytes -= this.appends.shift()!.bytes
  }

  clear(): void {
    this.appends = []
    this.bytes = 0
  }
}
