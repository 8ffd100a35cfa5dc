import { assert, describe, it } from "vitest"
import { goneAfterMs, listenMs, LobbyBook, placeOf } from "../../src/core/LobbyBook.ts"
import { type Here, lobbyMembersMax } from "../../src/protocol/Lobby.ts"

const keyOf = (n: number) => `${n.toString(16).padStart(8, "0")}-0000-4000-8000-000000000000`
const here = (n: number, more: Partial<Here> = {}): Here => ({
  _tag: "here",
  cluster: "test",
  key: keyOf(n),
  name: `p${n}`,
  id: null,
  leaves: false,
  ...more
})
const idsOf = (book: LobbyBook) => book.list().map(({ name, place }) => `${name}:${place.id}`)

describe("a lobby", () => {
  it("gives each the lowest free id, and that of who left to the next", () => {
    const book = new LobbyBook(2, -listenMs)
    for (const n of [5, 3, 4]) assert.isTrue(book.hear(here(n), 0))
    assert.isFalse(book.hear(here(3), 1))
    assert.deepEqual(idsOf(book), ["p5:1", "p3:2", "p4:3"])
    assert.isTrue(book.hear(here(3, { leaves: true }), 2))
    book.hear(here(9), 3)
    assert.deepEqual(idsOf(book), ["p5:1", "p9:2", "p4:3"])
  })

  it("forgets who is silent, and nobody else", () => {
    const book = new LobbyBook(2, -listenMs)
    book.hear(here(1), 0)
    book.hear(here(2), 1)
    assert.isFalse(book.expire(goneAfterMs - 1))
    assert.isTrue(book.expire(goneAfterMs))
    assert.deepEqual(idsOf(book), ["p2:2"])
  })

  it("started anew leaves everybody the id that they hold, and makes newcomers wait until they have said so", () => {
    const book = new LobbyBook(2, 1_000)
    assert.isFalse(book.hear(here(7), 1_000))
    book.hear(here(1, { id: 2 }), 1_100)
    book.hear(here(2, { id: 1 }), 1_200)
    assert.isTrue(book.hear(here(7), 1_000 + listenMs))
    assert.deepEqual(idsOf(book), ["p2:1", "p1:2", "p7:3"])
  })

  it("gives nobody the id of another, whatever is claimed", () => {
    const book = new LobbyBook(2, -listenMs)
    book.hear(here(1, { id: 1 }), 0)
    book.hear(here(2, { id: 1 }), 0)
    assert.deepEqual(idsOf(book), ["p1:1", "p2:2"])
  })

  it("is full at its bound", () => {
    const book = new LobbyBook(4, -listenMs)
    for (let n = 0; n < lobbyMembersMax; n++) assert.isTrue(book.hear(here(n), 0))
    assert.isFalse(book.hear(here(lobbyMembersMax), 0))
  })

  it("puts no two of a room at the same place, two at opposite sides, and all on the field", () => {
    for (const seats of [1, 2, 3, 4, 5, 9, 16]) {
      const places = Array.from({ length: 3 * seats }, (_, i) => placeOf(i + 1, seats))
      assert.strictEqual(new Set(places.map(({ room, x, y }) => `${room} ${x} ${y}`)).size, places.length)
      for (const { x, y } of places) assert.isTrue(x >= 0 && x <= 1 && y >= 0 && y <= 1)
      assert.strictEqual(new Set(places.map(({ room }) => room)).size, 3)
    }
    assert.deepEqual([placeOf(1, 2).side, placeOf(2, 2).side, placeOf(3, 2).room], ["left", "right", "room-2"])
  })
})
