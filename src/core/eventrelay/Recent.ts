/** The last texts of a channel, bounded in number and length. */
export class Recent {
  private readonly texts: Array<string> = []
  private length = 0

  constructor(private readonly countMax: number, private readonly lengthMax: number) {}

  add(text: string): void {
    this.texts.push(text)
    this.length += text.length
    while (this.texts.length > this.countMax || this.length > this.lengthMax) {
      this.length -= this.texts.shift()!.length
    }
  }

  /** The last ones, the oldest first. */
  last(count: number): ReadonlyArray<string> {
    return this.texts.slice(Math.max(0, this.texts.length - count))
  }
}
