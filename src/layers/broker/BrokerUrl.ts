/** The address of a broker, as people write it, apart from its credentials. */
import { Redacted } from "effect"

export type Protocol = "amqp" | "nats"

export interface BrokerUrl {
  readonly protocol: Protocol
  readonly host: string
  readonly port: number
  readonly user: string | null
  readonly password: Redacted.Redacted | null
  /** AMQP's virtual host; `/` where none is named. */
  readonly vhost: string
  /** For people and logs. */
  readonly name: string
}

const usualPort: Readonly<Record<Protocol, number>> = { amqp: 5_672, nats: 4_222 }

/** `amqp://user:password@host:port/vhost` or `nats://user:password@host:port`; null for anything else. */
export const parse = (text: string): BrokerUrl | null => {
  const found = /^(amqp|nats):\/\/(?:([^/?#]*)@)?(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?(?:\/([^/?#]*))?$/
    .exec(
      text
    )
  if (found === null || text.length > 1_024) return null
  const [, scheme, credentials, host, portText, vhostText] = found
  const protocol = scheme as Protocol
  const port = portText === undefined ? usualPort[protocol] : Number(portText)
  if (port < 1 || port > 65_535 || (protocol === "nats" && vhostText !== undefined && vhostText !== "")) return null
  try {
    const [user, ...rest] = (credentials ?? "").split(":")
    const vhost = decodeURIComponent(vhostText ?? "")
    return {
      protocol,
      host: host!.replace(/^\[|\]$/g, ""),
      port,
      user: credentials === undefined ? null : decodeURIComponent(user!),
      password: rest.length === 0 ? null : Redacted.make(decodeURIComponent(rest.join(":"))),
      vhost: vhost === "" ? "/" : vhost,
      name: `${protocol}://${host}:${port}${vhost === "" || vhost === "/" ? "" : `/${vhostText}`}`
    }
  } catch {
    return null
  }
}
