/**
 * When the faults are over: the cluster goes on, all have the same, and a node that was away disturbs nobody when it
 * comes back (dissertation, 6.4.1, 9.6 and 4.2.3).
 */
import { isJoint, members } from "../../../../src/core/raft/Configuration.ts"
import type { Raft } from "../../../../src/core/raft/Raft.ts"
import type { Machine } from "./Machine.ts"
import { options, type Schedule } from "./Schedule.ts"
import { Violation } from "./Violation.ts"

/** In rounds: a tick of all nodes, and all messages and writes that come of it. */
const settledWithin = 30 * options.electionTicks
const awayFor = 3 * options.electionTicks
/** Messages of one round. */
const messagesMax = 20_000
/** Logs are compacted when they are so long. */
const logMax = 20

const round = (schedule: Schedule): void => {
  for (const machine of schedule.machines.values()) {
    machine.raft?.tick()
    machine.settle()
  }
  deliverAll(schedule)
}

const deliverAll = (schedule: Schedule): void => {
  for (let messages = 0;; messages++) {
    if (messages === messagesMax) throw new Violation("loops end", "there is always something more to send")
    if (schedule.network.size > 0) schedule.deliver(true)
    else if (!syncAll(schedule)) return
  }
}

/** Whether there was something to write. */
const syncAll = (schedule: Schedule): boolean => {
  let wrote = false
  for (const machine of schedule.machines.values()) {
    const { raft } = machine
    if (machine.isWriting) {
      wrote = true
      machine.syncAll()
    }
    if (raft !== null && machine.appliedIndex - raft.firstIndex > logMax) machine.compact()
  }
  return wrote
}

/** The leader of all members, when each has applied what it has. */
const settled = (schedule: Schedule): Machine | null => {
  let leader: Machine | null = null
  for (const machine of schedule.machines.values()) {
    const { raft } = machine
    if (raft?.role === "leader" && (leader === null || raft.term > leader.raft!.term)) leader = machine
  }
  const raft = leader?.raft
  if (leader === null || raft == null || raft.commit < raft.lastIndex || isJoint(raft.configuration)) return null
  for (const id of members(raft.configuration)) {
    const machine = schedule.machines.get(id)!
    if (machine.appliedIndex !== raft.commit || machine.raft!.leader !== leader.id) return null
  }
  return leader
}

const settle = (schedule: Schedule): Machine => {
  for (let rounds = 0; rounds < settledWithin; rounds++) {
    round(schedule)
    const leader = settled(schedule)
    if (leader !== null) return leader
    for (const machine of schedule.machines.values()) {
      const { raft } = machine
      if (raft?.role !== "leader" || !isJoint(raft.configuration)) continue
      raft.change({ _tag: "leave-joint" })
      machine.settle()
    }
  }
  throw new Violation("without faults the cluster goes on", describe(schedule))
}

const describe = (schedule: Schedule): string =>
  [...schedule.machines.values()].map(({ appliedIndex, raft }) =>
    raft === null ?
      "down" :
      `${raft.self} ${raft.role} term ${raft.term}, ${appliedIndex} ${raft.commit} ${raft.lastIndex}`
      + ` ${JSON.stringify(raft.configuration)}`
  ).join("; ")

/** Whoever was away, or was removed and does not know, must not end a term that goes well. */
const returns = (schedule: Schedule, leader: Raft): void => {
  const { term } = leader
  const { voters } = leader.configuration
  const away = schedule.any().id
  if (away === leader.self || (voters.includes(away) && voters.length < 3)) return
  const check = (when: string): void => {
    if (leader.role === "leader" && leader.term === term) return
    throw new Violation("who comes back disturbs nobody", `${leader.self} led in term ${term} ${when} ${away} was away`)
  }
  schedule.network.isolate(away, schedule.ids)
  for (let rounds = 0; rounds < awayFor; rounds++) round(schedule)
  check("while")
  schedule.network.heal()
  for (let rounds = 0; rounds < awayFor; rounds++) round(schedule)
  check("before")
}

/** A leader that reaches nobody leads no more, and where the others are enough, one of them does. */
const succeeds = (schedule: Schedule, leader: Raft): void => {
  const { term } = leader
  const { voters } = leader.configuration
  if (voters.length < 3) return
  schedule.network.isolate(leader.self, schedule.ids)
  for (let rounds = 0; rounds < 2 * options.electionTicks; rounds++) round(schedule)
  if (leader.role === "leader" && leader.term === term) {
    throw new Violation("who reaches nobody does not lead", `${leader.self} in term ${term}`)
  }
  const successor = (): boolean =>
    voters.some((id) => {
      const { raft } = schedule.machines.get(id)!
      return raft!.role === "leader" && raft!.commit === raft!.lastIndex
    })
  for (let rounds = 0; rounds < settledWithin && !successor(); rounds++) round(schedule)
  if (!successor()) throw new Violation("without faults the cluster goes on", describe(schedule))
}

/** Ends all faults, and sees what becomes of the cluster. */
export const calm = (schedule: Schedule): void => {
  schedule.network.heal()
  for (const machine of schedule.machines.values()) machine.start()
  settle(schedule)
  // A transfer that is under way ends, or is given up.
  for (let rounds = 0; rounds <= options.electionTicks; rounds++) round(schedule)
  const leader = settle(schedule)
  if (!leader.raft!.configuration.voters.includes(leader.id)) {
    throw new Violation("who was taken out does not lead", describe(schedule))
  }
  const before = schedule.oracle.committed
  const { reads } = schedule.counts
  schedule.read(schedule.machines.get(leader.raft!.configuration.voters[0]!)!)
  schedule.propose(leader)
  for (let rounds = 0; rounds < 2 * options.heartbeatTicks; rounds++) round(schedule)
  if (schedule.oracle.committed === before || settled(schedule) !== leader) {
    throw new Violation("without faults what is proposed is applied", describe(schedule))
  }
  if (schedule.counts.reads === reads) throw new Violation("without faults reads are answered", describe(schedule))
  returns(schedule, leader.raft!)
  succeeds(schedule, leader.raft!)
}
