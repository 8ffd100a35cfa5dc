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

/** What a fault touches: one machine's running, by slot; who reaches whom, and how well; or anything else. */
export type Scope = number | "cuts" | "cables" | "rest"

/** How often each kind comes, beside the others; what it touches; and whether a live node may fall silent by it. */
const kinds: Readonly<
  Record<FaultKind, readonly [weight: number, Exclude<Scope, number> | "slot", silences: boolean]>
> = {
  "crash": [6, "rest", false],
  "quit": [3, "rest", false],
  "storm": [1, "rest", false],
  "pause": [4, "slot", true],
  "slow": [2, "slot", true],
  "partition": [4, "cuts", true],
  "one-way": [3, "cuts", true],
  "bridge": [2, "cuts", true],
  "ring": [1, "cuts", true],
  "flapping": [2, "cuts", true],
  "latency": [2, "cables", true],
  "loss": [2, "cables", true],
  "duplication": [1, "cables", false],
  "corruption": [1, "cables", true],
  "bandwidth": [1, "cables", true],
  "clog": [2, "cables", true],
  "stuck": [2, "cables", true],
  "clog-reign": [2, "cables", true],
  "disk": [2, "slot", true],
  "clock-step": [2, "rest", true],
  "clock-drift": [1, "rest", false]
}

export const faultKinds = Object.keys(kinds) as ReadonlyArray<FaultKind>

export const weightOf = (kind: FaultKind): number => kinds[kind][0]

export const scopeOf = (fault: Fault): Scope => {
  const [, scope] = kinds[fault.kind]
  return scope !== "slot" ? scope : "slot" in fault ? fault.slot : "rest"
}

/** Without a quorum, one side may lose what only it had seen, and is told so. */
export const silences = (kind: FaultKind): boolean => kinds[kind][2]

/** For people: `pause 2 for 340 ms`. */
export const describe = ({ atMs, fault, index }: PlannedFault): string => {
  const { kind, ...details } = fault
  const words = Object.entries(details).map(([name, value]) =>
    `${name} ${Array.isArray(value) ? value.join(",") : typeof value === "number" ? round(value) : String(value)}`
  )
  return `#${index} at ${round(atMs)} ms: ${kind}${words.length > 0 ? ` (${words.join("; ")})` : ""}`
}

const round = (value: number): number => Math.round(value * 1000) / 1000
