/** A player at a real terminal (tmux), against a bot. */
import { spawnSync } from "node:child_process"
import { assert, describe, it, onTestFinished } from "vitest"
import { agreed, eventually, Lan, program, untilAll } from "./nodes.ts"

const hasTmux = spawnSync("tmux", ["-V"]).status === 0
if (!hasTmux) console.warn("The test of the terminal is skipped: there is no tmux. Install it (apt-get install tmux).")

/** A terminal of its own, and what is on it. */
class Tmux {
  private readonly server = `hostless-${process.pid}-${Date.now()}`

  constructor(command: string, columns = 100, rows = 32) {
    this.run("new-session", "-d", "-s", "t", "-x", String(columns), "-y", String(rows), command)
    onTestFinished(() => void this.run("kill-server"))
  }

  private run(...args: ReadonlyArray<string>) {
    return spawnSync("tmux", ["-L", this.server, "-f", "/dev/null", ...args], { encoding: "utf8" })
  }

  press(...keys: ReadonlyArray<string>): void {
    this.run("send-keys", "-t", "t", ...keys)
  }

  resize(columns: number, rows: number): void {
    this.run("resize-window", "-t", "t", "-x", String(columns), "-y", String(rows))
  }

  get text(): string {
    return this.run("capture-pane", "-p", "-t", "t").stdout
  }

  get isOpen(): boolean {
    return this.run("has-session", "-t", "t").status === 0
  }
}

describe.skipIf(!hasTmux)("a player at a terminal", () => {
  it("waits, plays, sees the winner, and leaves the terminal as it was", async () => {
    const lan = new Lan()
    onTestFinished(() => Promise.all(lan.nodes.map((node) => node.kill())).then(() => {}))
    const server = await lan.start({ command: ["serve"] })
    await untilAll("a host", [server], agreed)
    const address = lan.nextAddress()
    const where = `--ip ${address} --cluster ${lan.cluster} --discovery-port ${lan.discoveryPort}`
    const room = "--room duel --set points=1"
    const terminal = new Tmux(
      `sh -c 'echo before; ${process.execPath} ${program} join ${where} ${room} --name Mia; echo after $?; sleep 60'`
    )
    const shows = (what: string | RegExp, timeoutMs = 30_000) =>
      eventually(
        `${what}`,
        async () => (typeof what === "string" ? terminal.text.includes(what) : what.test(terminal.text)) || null,
        { timeoutMs }
      ).catch((cause) => {
        throw new Error(`${what} is not on the screen:\n${terminal.text}`, { cause })
      })

    await shows("Waiting for opponents")
    await shows("Mia (you)")
    const bot = lan.join({ name: "Bot", args: [...room.split(" "), "--ui", "bot"] })
    await shows("Ready?")
    terminal.press("Enter")
    await shows("Get ready")
    const paddle = async () =>
      (await server.status()).rooms.find(({ room: one }) => one === "duel")!.state === "playing" || null
    await eventually("play", paddle, { timeoutMs: 15_000 })
    // It is drawn anew at another size, and steered.
    terminal.resize(70, 24)
    terminal.press("Up")
    await eventually(
      "an input of Mia's",
      async () => (await server.status()).players.some(({ lastInput, name }) => name === "Mia" && lastInput > 0) || null
    )
    // Whoever is served the ball may miss it: either wins.
    await shows(/Bot wins|You win!/, 60_000)
    await shows("Enter: rematch")
    terminal.press("q")
    await shows("after 0")
    assert.include(terminal.text, "before")
    await eventually(
      "Mia to leave",
      async () => !(await server.status()).players.some(({ name }) => name === "Mia") || null
    )
    assert.isTrue(terminal.isOpen)
    await bot.kill()
  })
})
