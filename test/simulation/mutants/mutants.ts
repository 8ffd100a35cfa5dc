/**
 * hostless with one of its safety mechanisms taken out, each in turn: a simulation that bites finds every one. They exist
 * as changes to the sources, made when a mutant is built, so that no program can ever have them.
 */
import type { Setup } from "../../../src/programs/simulate/Protocol.ts"
import type { FaultKind } from "../../../src/simulation/faults/Fault.ts"
import * as Simulation from "../../../src/simulation/Simulation.ts"
import type * as Known from "../../mutation/known.ts"

export interface Mutant extends Known.Mutant {
  readonly setup: Setup
}

const setupOf = (change: Partial<Setup> = {}): Setup => ({
  ...Simulation.defaults,
  durationMs: 30_000,
  game: "gather",
  ...change
})

/** Three servers and four players who are no nodes. */
const servers: Partial<Setup> = { nodes: 3, players: 4, transport: "udp" }

/** Where these kinds come, and no others. */
const under = (kinds: ReadonlyArray<FaultKind>, change: Partial<Setup> = {}): Setup =>
  setupOf({ kinds, every: true, ...change })

export const mutants: ReadonlyArray<Mutant> = [
  {
    lacks: "fencing: what a host of another reign replicates is folded",
    edits: [{
      file: "layers/ticking/Following.ts",
      from: "if (role !== \"peer\" || from !== message.reign.host || !equals(reign, message.reign)) return",
      to: "if (reign === null || role === reign) return"
    }],
    setup: under(["one-way", "partition", "flapping", "pause"])
  },
  {
    lacks: "input de-duplication: what is sent again is applied again",
    edits: [
      {
        file: "core/Room.ts",
        from: "if (record === undefined || number !== record.lastInput + 1) continue",
        to: "if (record === undefined) continue"
      },
      {
        file: "core/InputBuffer.ts",
        from: "if (input[0] < expected) known++",
        to: "if (input[0] < 1) known++"
      },
      {
        file: "core/InputBuffer.ts",
        from: "else if (input[0] === expected && (queue",
        to: "else if (expected > 0 && (queue"
      }
    ],
    setup: under(["crash"])
  },
  {
    lacks: "adopting the newest log: a new host goes on from its own",
    edits: [{
      file: "core/sync/Sync.ts",
      from: "for (let next = ahead(now, around); next !== null; next = ahead(now, around)) {",
      to: "for (let next = ahead(now, around); next !== null && next.room === next.peer; next = ahead(now, around)) {"
    }],
    setup: under(["crash", "latency"])
  },
  {
    lacks: "waiting for every peer's answer before play goes on",
    edits: [{
      file: "core/sync/Sync.ts",
      from: "const waits = awaited(state, around).some((peer) => counts(state, peer) && !state.answers.has(peer))",
      to: "const waits = awaited(state, around).length < 0"
    }],
    setup: under(["crash", "storm"])
  },
  {
    lacks: "views only of what a peer holds",
    edits: [{
      file: "core/sync/Followers.ts",
      from: "return Held.shown(tip, held, this.quorum)",
      to: "return held.size < 0 ? Held.shown(tip, held, this.quorum) : tip"
    }],
    setup: under(["crash"])
  },
  {
    lacks: "views only of what a majority holds (quorum)",
    edits: [{
      file: "core/Held.ts",
      from: "return (held[majority(quorum.members.length) - 1] ?? 0) as Seq",
      to: "return (held[Math.min(1, majority(quorum.members.length))] ?? 0) as Seq"
    }],
    setup: under(["crash", "partition"], { quorum: true })
  },
  {
    lacks: "log matching: events are folded onto whatever log there is",
    edits: [{
      file: "core/replica/Folding.ts",
      from: "before === undefined || first === undefined || first.seq > before.seq + 1",
      to: "before === undefined || first === undefined || first.seq > 0"
    }],
    setup: under(["one-way", "clog-reign"], { mode: "safety", preempt: false, durationMs: 60_000 })
  },
  {
    lacks: "a look at whose log it is when the host lets screens see more",
    edits: [{
      file: "layers/ticking/Following.ts",
      from: "if (equals(own, message.reign)) show(",
      to: "if (own !== null) show("
    }],
    setup: under(["one-way", "flapping", "clog-reign"], { quorum: true, mode: "safety" })
  },
  {
    lacks: "telling who forgot its logs from who knows them (quorum)",
    edits: [{
      file: "core/sync/Sync.ts",
      from: "const remembering = heard.filter((id) => !forgetful.has(id))",
      to: "const remembering = heard"
    }],
    setup: under(["crash", "partition"], { quorum: true, mode: "safety" })
  },
  {
    lacks: "telling lines of reigns apart that began apart (quorum)",
    edits: [{
      file: "core/bully/Draft.ts",
      from: "return !options.quorum || newest === null || Reigns.equals(reign.root, newest.root)",
      to: "return !options.quorum || newest === null || reign.epoch >= 0"
    }],
    setup: under(["storm", "partition", "quit"], { quorum: true, mode: "safety", durationMs: 60_000 })
  },
  {
    lacks: "a majority for a claim (quorum)",
    edits: [{
      file: "core/bully/Draft.ts",
      from: "const enough = !options.quorum || this.state.newest === null || votes >= majority(reign.members.length)",
      to: "const enough = !options.quorum || this.state.newest === null || votes >= Math.min(1, majority(2))"
    }],
    setup: under(["partition", "crash"], { quorum: true })
  },
  {
    lacks: "refusing a second host of an accepted epoch",
    edits: [{
      file: "core/bully/Messages.ts",
      from: "if (accepted !== null && reign.epoch <= accepted.epoch) {",
      to: "if (accepted !== null && reign.epoch < accepted.epoch) {"
    }],
    setup: under(["partition", "one-way", "bridge", "ring"])
  },
  {
    lacks: "claims above every epoch that was seen",
    edits: [{
      file: "core/bully/Draft.ts",
      from: "const ref: ReignRef = { epoch: (this.state.highest + 1) as Epoch, host: self }",
      to: "const ref: ReignRef = { epoch: ((accepted?.epoch ?? 0) + 1) as Epoch, host: self }"
    }],
    setup: under(["crash", "partition", "bridge"])
  },
  {
    lacks: "keeping the accepted reign before anything comes of it",
    edits: [{
      file: "layers/election/ElectionBully.ts",
      from: "return identity.accept(output.reign).pipe(",
      to: "return Effect.fork(identity.accept(output.reign)).pipe("
    }],
    setup: under(["crash", "storm", "partition"], { quorum: true })
  },
  {
    lacks: "a time-out for OK",
    edits: [{
      file: "core/bully/Draft.ts",
      from: "this.enter({ _tag: \"electing\" }, this.state.options.okMs)",
      to: "this.enter({ _tag: \"electing\" }, null)"
    }],
    setup: under(["crash", "disk"], { nodes: 3, durationMs: 60_000 })
  },
  {
    lacks: "a time-out for COORDINATOR",
    edits: [
      {
        file: "core/bully/Messages.ts",
        from: "draft.enter({ _tag: \"awaiting\" }, draft.state.options.coordinatorMs)",
        to: "draft.enter({ _tag: \"awaiting\" }, null)"
      },
      {
        file: "core/bully/Draft.ts",
        from: "this.enter({ _tag: \"awaiting\" }, options.headStartMs)",
        to: "this.enter({ _tag: \"awaiting\" }, null)"
      }
    ],
    setup: under(["crash", "disk"], { nodes: 3, durationMs: 60_000 })
  },
  {
    lacks: "COORDINATOR again to whoever has not answered it",
    edits: [
      {
        file: "core/bully/Draft.ts",
        from: "if (!phase.accepted.has(id)) this.sendClaim(id)",
        to: "if (phase.accepted.size < 0) this.sendClaim(id)"
      },
      {
        file: "core/bully/Draft.ts",
        from: "!follows(this.state, id) && this.moment.now - peer.toldAt >= patience",
        to: "peer.toldAt === -Infinity && patience > 0"
      }
    ],
    setup: under(["crash", "one-way", "flapping"], { nodes: 2, durationMs: 60_000 })
  },
  {
    lacks: "probing a host that a claimant has lost, and others see",
    edits: [{
      file: "core/bully/Messages.ts",
      from: "if (!draft.hostAlive) return draft.follow(reign, message)",
      to: "if (reign.epoch > 0) return draft.follow(reign, message)"
    }],
    setup: under(["one-way", "bridge", "ring", "partition"])
  },
  {
    lacks: "the peers' word before a host that was stalled goes on",
    edits: [
      {
        file: "core/bully/Verification.ts",
        from: "if (phase._tag !== \"hosting\" && !offered) return",
        to: "if (phase._tag !== \"hosting\" || !offered) return"
      },
      {
        file: "layers/ticking/TickLoop.ts",
        from: "if (stallEnd > mine.knownStall) {",
        to: "if (stallEnd > mine.knownStall && stallEnd < 0) {"
      }
    ],
    setup: under(["pause", "latency"], { mode: "safety" })
  },
  {
    lacks: "patience with others after a stall of its own",
    edits: [{
      file: "core/health/State.ts",
      from: "now - Math.max(heardAt, awakeSince)",
      to: "now - Math.max(heardAt, Math.min(0, awakeSince))"
    }],
    setup: under(["pause"], { mode: "safety" })
  },
  {
    lacks: "weighing reigns by their members when a split heals: the longer log wins",
    edits: [{
      file: "core/bully/Weight.ts",
      from: "|| a.weight.members - b.weight.members\n",
      to: ""
    }],
    setup: under(["partition"])
  },
  {
    lacks: "telling screens what they lose",
    edits: [{
      file: "layers/ticking/ReplicaFolding.ts",
      from: "notices.unsafeOffer({ _tag: \"lost\", room",
      to: "if (lost.ticks < 0) notices.unsafeOffer({ _tag: \"lost\", room"
    }],
    setup: under(["partition"])
  },
  {
    lacks: "inputs sent again until they are acknowledged",
    edits: [
      {
        file: "core/InputLedger.ts",
        from: "nowMs - sentAtMs >= sendAgainAfterMs",
        to: "nowMs - sentAtMs >= Infinity * sendAgainAfterMs"
      },
      {
        file: "core/InputLedger.ts",
        from: "(ledger: Ledger): Ledger => ({ ...ledger, sentAtMs: -Infinity })",
        to: "(ledger: Ledger): Ledger => ledger"
      },
      {
        file: "core/InputLedger.ts",
        from: "? pending : null",
        to: "? pending.filter(([number]) => number > sentNumber) : null"
      }
    ],
    setup: under(["crash", "quit"])
  },
  {
    lacks: "validation of beats, and their checksum",
    edits: [
      {
        file: "layers/health/BeatIntake.ts",
        from: "if (length < 0 || viewOf(datagram).getUint32(length) !== crc32c(datagram, length)) return null",
        to: "if (length < 0 || crc32c(datagram, 0) === length) return null"
      },
      {
        file: "layers/health/BeatIntake.ts",
        from: "import { encodeBody }",
        to: "import { decodeBody, encodeBody }"
      },
      {
        file: "layers/health/BeatIntake.ts",
        from: "const readBeat = bodyReader(Beat)",
        to: "const readBeat = (body: Uint8Array) => { try { return decodeBody(body) as Beat } catch { return null } }"
      }
    ],
    setup: under(["corruption"])
  },
  {
    lacks: "views at thin clients that never go back, though servers follow at different distances (quorum)",
    edits: [{
      file: "core/screen/Views.ts",
      from: "if (shown === null || epoch > shown.epoch) return true",
      to: "if (shown === null || epoch >= 0) return true"
    }],
    setup: under(["crash", "latency", "clog"], { ...servers, quorum: true })
  },
  {
    lacks: "telling thin clients what was lost by servers that are gone",
    edits: [{
      file: "core/screen/Step.ts",
      from: "if (before.shown !== null && Views.isSetBack(",
      to: "if (before.shown === shown && Views.isSetBack("
    }],
    setup: under(["partition", "crash"], servers)
  },
  {
    lacks: "streams over UDP in order: segments are handed over as they come",
    edits: [{
      file: "core/udp/StreamReceiver.ts",
      from: "if (seq > this.next) {",
      to: "if (seq < this.next) {"
    }],
    setup: under(["loss", "latency"], servers)
  },
  {
    lacks: "the checksum of datagrams",
    edits: [{
      file: "core/udp/Packet.ts",
      from: "if (view.getUint32(length - sumBytes) !== crc32c(bytes, length - sumBytes)) return null",
      to: "if (length < sumBytes) return null"
    }],
    setup: under(["corruption"], servers)
  }
]
