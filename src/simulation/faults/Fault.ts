/** What can befall a simulated cluster. */

/** Times in milliseconds since the run began; `slot`: one of the cluster's machines, from 0. */
export type Fault =
  /** The process dies before the n-th task that it would run: between any two awaits. It is started again. */
  | {
    readonly kind: "crash"
    readonly slot: number
    readonly tasks: number
    readonly torn: boolean
    readonly downMs: number
  }
  /** Somebody ends the program, which hands over; and starts it again. */
  | { readonly kind: "quit"; readonly slot: number; readonly downMs: number }
  /** Many leave at almost the same time, and come back so. */
  | {
    readonly kind: "storm"
    readonly slots: ReadonlyArray<number>
    readonly crash: boolean
    readonly withinMs: number
    readonly downMs: number
  }
  /** SIGSTOP, a stalled machine, a closed lid. */
  | { readonly kind: "pause"; readonly slot: number; readonly forMs: number }
  /** The process runs for `runMs`, then stands still for `stopMs`, again and again. */
  | {
    readonly kind: "slow"
    readonly slot: number
    readonly runMs: number
    readonly stopMs: number
    readonly forMs: number
  }
  /** Nothing passes between the side and the others. */
  | { readonly kind: "partition"; readonly side: ReadonlyArray<number>; readonly forMs: number }
  /** Nothing passes from the side to the others; the other way all does. */
  | { readonly kind: "one-way"; readonly side: ReadonlyArray<number>; readonly forMs: number }
  /** Two sides that only one machine reaches both of. */
  | {
    readonly kind: "bridge"
    readonly side: ReadonlyArray<number>
    readonly bridge: number
    readonly forMs: number
  }
  /** Everybody reaches two neighbours only. */
  | { readonly kind: "ring"; readonly order: ReadonlyArray<number>; readonly forMs: number }
  /** A cable with a bad contact. */
  | { readonly kind: "flapping"; readonly slot: number; readonly periodMs: number; readonly forMs: number }
  | { readonly kind: "latency"; readonly latencyMs: number; readonly jitterMs: number; readonly forMs: number }
  | { readonly kind: "loss"; readonly share: number; readonly forMs: number }
  | { readonly kind: "duplication"; readonly share: number; readonly forMs: number }
  | { readonly kind: "corruption"; readonly share: number; readonly forMs: number }
  | { readonly kind: "bandwidth"; readonly bytesPerSecond: number; readonly forMs: number }
  /** Nothing arrives from one at another for a while; then all of it. */
  | { readonly kind: "clog"; readonly from: number; readonly to: number; readonly forMs: number }
  /** Streams from one to another stand still for a while, as while TCP waits to send again; datagrams pass. */
  | { readonly kind: "stuck"; readonly from: number; readonly to: number; readonly forMs: number }
  /** Just when the next node follows another, nothing arrives from that for a while; then all of it. */
  | { readonly kind: "clog-reign"; readonly forMs: number }
  /** Nothing that the machine writes gets to its disk for a while: what waits for that stands still, the rest goes on. */
  | { readonly kind: "disk"; readonly slot: number; readonly forMs: number }
  /** Somebody, or NTP, sets the clock. */
  | { readonly kind: "clock-step"; readonly slot: number; readonly stepMs: number }
  /** Clocks run a little fast or slow, from the start on; parts per million by slot. */
  | { readonly kind: "clock-drift"; readonly ppm: ReadonlyArray<number> }

export type FaultKind = Fault["kind"]

export interface PlannedFault {
  /** Its place in the plan, which stays when others are left out. */
  readonly index: number
  readonly atMs: number
  readonly fault: Fault
}

/** How often each kind comes, beside the others. */
export const weights: Readonly<Record<FaultKind, number>> = {
  "crash": 6,
  "quit": 3,
  "storm": 1,
  "pause": 4,
  "slow": 2,
  "partition": 4,
  "one-way": 3,
  "bridge": 2,
  "ring": 1,
  "flapping": 2,
  "latency": 2,
  "loss": 2,
  "duplication": 1,
  "corruption": 1,
  "bandwidth": 1,
  "clog": 2,
  "stuck": 2,
  "clog-reign": 2,
  "disk": 2,
  "clock-step": 2,
  "clock-drift": 1
}

export const faultKinds = Object.keys(weights) as ReadonlyArray<FaultKind>

/**
 * Kinds by which a live node may fall silent for others: without a quorum, one side may lose what only it had seen, and is
 * told so.
 */
export const silencing: ReadonlySet<FaultKind> = new Set([
  "pause",
  "slow",
  "partition",
  "one-way",
  "bridge",
  "ring",
  "flapping",
  "latency",
  "loss",
  "corruption",
  "bandwidth",
  "clog",
  "stuck",
  "clog-reign",
  "disk",
  "clock-step"
])

/** For people: `pause 2 for 340 ms`. */
export const describe = ({ atMs, fault, index }: PlannedFault): string => {
  const { kind, ...details } = fault
  const words = Object.entries(details).map(([name, value]) =>
    `${name} ${Array.isArray(value) ? value.join(",") : typeof value === "number" ? round(value) : String(value)}`
  )
  return `#${index} at ${round(atMs)} ms: ${kind}${words.length > 0 ? ` (${words.join("; ")})` : ""}`
}

const round = (value: number): number => Math.round(value * 1000) / 1000
