/** How the page shows the game of own-game.ts. */

/** @param {{ readonly [seat: string]: number }} taps */
const standings = (taps) => Object.entries(taps).map(([seat, score]) => ({ seat: Number(seat), score, gamesWon: 0 }))

export default {
  game: { name: "taps" },
  goal: "Tap as fast as you can.",
  standings,
  /** @param {any} stage */
  mount: ({ input, parent }) => {
    const text = parent.appendChild(document.createElement("output"))
    const end = input.onPress(() => input.set("tap"))
    return {
      /** @param {any} frame */
      update: ({ players, view }) => {
        text.textContent = standings(view).map(({ score, seat }) => `${players.get(seat)?.name}: ${score}`).join("  ")
      },
      destroy: () => {
        end()
        text.remove()
      }
    }
  }
}
