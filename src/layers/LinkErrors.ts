/** Why links cannot be taken at an address and port, told to people. */
import { networkInterfaces } from "node:os"
import { LinkError } from "../services/PeerLinks.ts"

const ownAddresses = (): string =>
  Object.values(networkInterfaces())
    .flatMap((infos) => infos ?? [])
    .filter((info) => info.family === "IPv4")
    .map((info) => info.address)
    .join(", ")

/** Of what became of binding a socket. */
export const linkError = (
  protocol: "TCP" | "UDP",
  { address, port }: { readonly address: string; readonly port?: number | undefined },
  error: NodeJS.ErrnoException
): LinkError => {
  switch (error.code) {
    case "EADDRINUSE":
      return new LinkError({
        reason: "port",
        detail: `${protocol} port ${port} of ${address} is taken by another program. Choose another, or none: then a ` +
          "free one is found."
      })
    case "EACCES":
      return new LinkError({
        reason: "port",
        detail: `${protocol} port ${port} of ${address} may not be used by this account. Choose one above 1023.`
      })
    case "EADDRNOTAVAIL":
      return new LinkError({
        reason: "address",
        detail: `${address} is not an address of this machine, which has ${ownAddresses()}. Choose one of them.`
      })
    default:
      return new LinkError({ reason: "network", detail: `No links can be taken at ${address}: ${error.message}` })
  }
}
