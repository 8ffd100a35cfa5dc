/** A promise that was broken. */
export class Violation extends Error {
  constructor(readonly promise: string, readonly detail: string) {
    super(`${promise}: ${detail}`)
  }
}
