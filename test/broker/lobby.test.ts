/** A lobby through real brokers: started after its members, and started anew. */
import { strict as assert } from "node:assert"
import { describe, test } from "vitest"
import type { Told } from "../../src/layers/broker/Lobby.ts"
import { eventually, Run } from "../process/nodes.ts"
import { kinds, serverFor } from "./servers.ts"

const toldBy = ({ stdout }: Run): Told | undefined =>
  stdout.split("\n").slice(0, -1).map((line) => JSON.parse(line) as Told).at(-1)

for (const { make, missing, name } of kinds) {
  describe.skipIf(missing !== null)(missing === null ? `through ${name}` : `${name}: ${missing}`, () => {
    const server = serverFor(make)

    test(
      "a lobby gives places to who was there before, and leaves them their places when it is started anew",
      async () => {
        const env = { GAME_TRANSPORT: server().url }
        const member = (as: string) => new Run(["lobby", "--as", as], env)
        const lobby = () => new Run(["lobby", "--seats", "2", "--json"], env)
        const all = [member("ada"), member("bo")]
        const know = (count: number) =>
          eventually("all to know all", async () => {
            const told = all.map(toldBy)
            return told.every((one) => one?.members.length === count) ? told.map((one) => one!) : null
          })
        const first = lobby()
        const two = await know(2)
        assert.deepEqual(two.map(({ place }) => place.id).sort(), [1, 2])
        assert.deepEqual(two.map(({ place }) => place.side).sort(), ["left", "right"])
        await first.kill()
        all.push(member("cleo"))
        lobby()
        const three = await know(3)
        assert.deepEqual(three.slice(0, 2).map(({ place }) => place), two.map(({ place }) => place))
        assert.deepEqual([three[2]!.place.id, three[2]!.place.room], [3, "room-2"])
        await all.shift()!.kill()
        await know(2)
      },
      60_000
    )
  })
}
