/**
 * Whether a dialer can be reached at the address it dials from, without keeping anything for it (as the cookies of DTLS,
 * RFC 9147 section 5.1, or QUIC's Retry): a listener answers a hello with a cookie that only it can make, and begins a
 * connection when that comes back.
 */
import { cookieBytes } from "./Packet.ts"

/** How long a cookie counts, in milliseconds. */
export const cookieLifetimeMs = 4_000

const tagBytes = cookieBytes - 4
const utf8 = new TextEncoder()

/** A keyed hash (as HMAC-SHA-256) of at least 12 bytes, whose key nobody else has. */
export type Mac = (bytes: Uint8Array) => Uint8Array

export class AddressValidation {
  constructor(private readonly mac: Mac) {}

  /** A cookie for who dials from there (address and port) as this half of a connection id. */
  issue(source: string, dialer: number, nowMs: number): Uint8Array {
    return this.make(source, dialer, Math.floor(nowMs) >>> 0)
  }

  /** Whether the cookie was issued for just that, and not too long ago. */
  check(source: string, dialer: number, cookie: Uint8Array, nowMs: number): boolean {
    if (cookie.length !== cookieBytes) return false
    const issuedMs = new DataView(cookie.buffer, cookie.byteOffset).getUint32(0)
    const ageMs = (Math.floor(nowMs) - issuedMs) >>> 0
    if (ageMs > cookieLifetimeMs) return false
    const expected = this.make(source, dialer, issuedMs)
    // All bytes are looked at, so that the time it takes says nothing.
    return expected.reduce((difference, byte, i) => difference | (byte ^ cookie[i]!), 0) === 0
  }

  private make(source: string, dialer: number, issuedMs: number): Uint8Array {
    const name = utf8.encode(source)
    const input = new Uint8Array(8 + name.length)
    const view = new DataView(input.buffer)
    view.setUint32(0, issuedMs)
    view.setUint32(4, dialer)
    input.set(name, 8)
    const cookie = new Uint8Array(cookieBytes)
    new DataView(cookie.buffer).setUint32(0, issuedMs)
    cookie.set(this.mac(input).subarray(0, tagBytes), 4)
    return cookie
  }
}
