/**
 * What is wrong with a network, as a value: who does not hear whom, and how much gets lost. Pure; `LanNetwork` makes it
 * so.
 */

export interface Faults {
  /** Pairs of places: the first does not hear the second. */
  readonly deaf: ReadonlyArray<readonly [listener: number, speaker: number]>
  /** The share of packets, from 0 to 1, that each place loses of what comes to it. */
  readonly lossShare: number
}

export const none: Faults = { deaf: [], lossShare: 0 }

export const loss = (share: number): Faults => ({ deaf: [], lossShare: share })

/** No listener hears any speaker; the other way all is well. */
export const oneWay = (listeners: ReadonlyArray<number>, speakers: ReadonlyArray<number>): Faults => ({
  deaf: listeners.flatMap((listener) => speakers.map((speaker) => [listener, speaker] as const)),
  lossShare: 0
})

export const split = (ones: ReadonlyArray<number>, others: ReadonlyArray<number>): Faults => ({
  deaf: [...oneWay(ones, others).deaf, ...oneWay(others, ones).deaf],
  lossShare: 0
})

const lost = (interfaces: string, share: number): ReadonlyArray<string> =>
  share > 0 ? [`-A INPUT ${interfaces} -m statistic --mode random --probability ${share} -j DROP`] : []

/** So much of what a place says to itself is lost, as `iptables-restore` reads it. */
export const loopbackTable = (share: number): string =>
  ["*filter", ":INPUT ACCEPT", ...lost("-i lo", share), "COMMIT", ""].join("\n")

/** What a place lets in, as `iptables-restore` reads it. What it says to itself is never touched. */
export const table = (faults: Faults, place: number, addressOf: (place: number) => string): string =>
  [
    "*filter",
    ":INPUT ACCEPT",
    ...faults.deaf.filter(([listener]) => listener === place)
      .map(([, speaker]) => `-A INPUT -s ${addressOf(speaker)} -j DROP`),
    ...lost("! -i lo", faults.lossShare),
    "COMMIT",
    ""
  ].join("\n")
