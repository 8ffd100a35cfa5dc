/**
 * The ports that hostless uses where nobody chooses others. A node that finds its own taken moves on to a free one; the
 * ones of discovery and of clients must be the same for all who want to meet.
 */
export const usualPorts = {
  /** Announcements and calls for servers, over UDP. */
  discovery: 50_000,
  /** Links over TCP. */
  linksTcp: 43_234,
  /** Links over UDP. */
  linksUdp: 50_010,
  /** Thin clients of servers, over UDP. */
  clients: 50_020,
  /** The event relay, over TCP. */
  eventRelay: 32_100
} as const
