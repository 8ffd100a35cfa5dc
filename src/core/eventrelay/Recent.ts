/** The last texts of a channel, bounded in number and length. */
export class Recent {
  private texts: Array<string> = []
  private length = 0

  constructor(private readonly countMax: number, private readonly lengthMax: number) {}

  add(text: string): void {
    this.texts.push(text)
    this.length += text.length
    let over = 0
    while (this.texts.length - over > this.countMax || this.length > this.lengthMax) {
      this.length -= this.texts[over++]!.length
    }
    if (over > 0) this.texts.splice(0, over)
  }

  /** The last ones, the oldest first. */
  last(count: number): ReadonlyArray<string> {
    return this.texts.slice(Math.max(0, this.texts.length - count))
  }
}
