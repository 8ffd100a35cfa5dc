/** Properties that have another value for a while. */
export class Substitutes {
  private readonly undo: Array<() => void> = []

  /** Until `restore`. */
  put(target: object, key: string, value: unknown): void {
    const before = Object.getOwnPropertyDescriptor(target, key)
    Object.defineProperty(target, key, {
      value,
      configurable: true,
      enumerable: before?.enumerable ?? true,
      writable: true
    })
    this.undo.push(() => {
      if (before === undefined) Reflect.deleteProperty(target, key)
      else Reflect.defineProperty(target, key, before)
    })
  }

  /** Everything as it was, whatever else has changed it meanwhile. */
  restore(): void {
    for (let undo = this.undo.pop(); undo !== undefined; undo = this.undo.pop()) undo()
  }
}
