/**
 * The address that this node is known by: the one that the default route uses, unless told otherwise.
 */
import { Data, Effect } from "effect"
import { createSocket } from "node:dgram"
import { isIPv4 } from "node:net"
import { ownAddresses } from "../layers/links/LinkPlace.ts"

/** The address that was asked for is not this machine's. */
export class AddressError extends Data.TaggedError("AddressError")<{ readonly detail: string }> {}

export interface OwnAddress {
  readonly address: string
  /** Set when there is no network: then the node plays on this machine only. */
  readonly alone: boolean
}

/** An address that is never asked: connecting a datagram socket sends nothing, it only looks the route up (RFC 5737). */
const anywhere = "192.0.2.1"

const ofDefaultRoute: Effect.Effect<string | null> = Effect.async((resume) => {
  const socket = createSocket("udp4")
  const done = (address: string | null) => {
    socket.close()
    resume(Effect.succeed(address))
  }
  socket.once("error", () => done(null))
  socket.connect(9, anywhere, () => done(socket.address().address))
})

/** `asked` is `--ip` or `GAME_IP`. */
export const find = (asked: string | undefined): Effect.Effect<OwnAddress, AddressError> =>
  Effect.gen(function*() {
    if (asked !== undefined) {
      if (!isIPv4(asked)) {
        return yield* new AddressError({
          detail: `"${asked}" is no IPv4 address. Give --ip (or GAME_IP) one like 192.168.1.9.`
        })
      }
      if (asked.startsWith("127.") || ownAddresses().includes(asked)) return { address: asked, alone: false }
      const own = ownAddresses().filter((address) => !address.startsWith("127.")).join(", ")
      return yield* new AddressError({
        detail: `${asked} is not an address of this machine. It has ${own === "" ? "none but loopback" : own}; `
          + "choose one of those with --ip (or GAME_IP), or none at all."
      })
    }
    const found = yield* ofDefaultRoute
    if (found !== null && found !== "0.0.0.0") return { address: found, alone: false }
    const other = ownAddresses().find((address) => !address.startsWith("127."))
    return other === undefined ? { address: "127.0.0.1", alone: true } : { address: other, alone: false }
  })
