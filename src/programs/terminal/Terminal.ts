/** The terminal itself: taken over while the scope is open, and given back as it was. */
import { Effect, type Scope } from "effect"
import { Cells, depthOf } from "./Cells.ts"
import * as Keys from "./Keys.ts"

export interface Terminal {
  /** As large as the terminal is now. Another one each time it changes its size. */
  readonly cells: () => Cells
  /** Writes what changed; nothing while the last picture is still on its way, as over a slow line. */
  readonly show: () => void
}

/** Another screen without a cursor, in which lines do not wrap; and back. */
const begin = "\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J"
const end = "\u001b[?7h\u001b[?25h\u001b[?1049l"

/** Whether there is one to take over. */
export const isThere = (): boolean => process.stdin.isTTY && process.stdout.isTTY

export const open = (keys: (key: Keys.Key | Keys.Answer) => void): Effect.Effect<Terminal, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { stdin, stdout } = process
    const depth = depthOf(process.env)
    const make = () => new Cells(stdout.columns, stdout.rows, depth)
    let cells = make()
    let isBusy = false
    const resized = (): void => {
      stdout.write("\u001b[2J")
      cells = make()
    }
    const typed = (chunk: Buffer): void => Keys.parse(chunk.toString("utf8")).forEach(keys)
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        stdin.setRawMode(true).on("data", typed).resume()
        stdout.on("resize", resized).write(begin + Keys.askForReleases)
      }),
      () =>
        Effect.sync(() => {
          stdout.off("resize", resized).write(Keys.askForNoReleases + end)
          stdin.off("data", typed).setRawMode(false).pause()
        })
    )
    return {
      cells: () => cells,
      show: () => {
        if (isBusy) return
        const text = cells.render()
        if (text === "") return
        isBusy = true
        stdout.write(text, () => {
          isBusy = false
        })
      }
    }
  })
