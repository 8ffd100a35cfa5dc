/**
 * A Scheduler that runs fibers' tasks in a seeded order until none is left, and the processes that they belong to: a
 * paused process's tasks wait, a crashed one's are forgotten, whatever they had still to do.
 */
import { Scheduler } from "effect"
import type { Chance } from "./Chance.ts"

/** `seeded`: any task that is ready may be next. `fifo`: in the order in which they became ready. */
export type Order = "seeded" | "fifo"

/** So many tasks without time passing: they would go on for ever. */
const tasksMax = 2_000_000

interface Task {
  readonly run: () => void
  readonly process: VirtualProcess | null
}

/** Tasks never end although no time passes. */
export class RestlessError extends Error {
  override readonly name = "RestlessError"
}

export class VirtualScheduler implements Scheduler.Scheduler {
  readonly shouldYield = Scheduler.defaultShouldYield
  private tasks: Array<Task> = []
  /** Tasks with a priority of their own, which is lower the higher its number. */
  private readonly later = new Map<number, Array<Task>>()
  /** How many tasks have run. */
  count = 0

  constructor(private readonly chance: Chance, private readonly order: Order) {}

  scheduleTask(run: () => void, priority: number): void {
    this.add({ run, process: null }, priority)
  }

  add(task: Task, priority: number): void {
    if (priority === 0) {
      this.tasks.push(task)
      return
    }
    const waiting = this.later.get(priority)
    if (waiting === undefined) this.later.set(priority, [task])
    else waiting.push(task)
  }

  /** Runs until there is nothing to do. */
  drain(): void {
    const end = this.count + tasksMax
    for (let task = this.take(); task !== null; task = this.take()) {
      if (++this.count > end) throw new RestlessError(`${tasksMax} tasks ran, and no time passed`)
      if (task.process === null) task.run()
      else task.process.run(task.run)
    }
  }

  private take(): Task | null {
    if (this.tasks.length === 0 && !this.refill()) return null
    return this.order === "fifo" ? this.tasks.shift()! : this.any()
  }

  private refill(): boolean {
    if (this.later.size === 0) return false
    const priority = Math.min(...this.later.keys())
    this.tasks = this.later.get(priority)!
    this.later.delete(priority)
    return true
  }

  private any(): Task {
    const { tasks } = this
    const at = tasks.length === 1 ? 0 : this.chance.below(tasks.length)
    const task = tasks[at]!
    const last = tasks.pop()!
    if (at < tasks.length) tasks[at] = last
    return task
  }
}

/** What one simulated process runs on. */
export class VirtualProcess implements Scheduler.Scheduler {
  readonly shouldYield = Scheduler.defaultShouldYield
  private state: "running" | "paused" | "crashed" = "running"
  private held: Array<() => void> = []
  private crashIn = 0
  private onCrash: (() => void) | null = null

  constructor(private readonly scheduler: VirtualScheduler) {}

  get isRunning(): boolean {
    return this.state === "running"
  }

  scheduleTask(run: () => void, priority: number): void {
    if (this.state === "crashed") return
    this.scheduler.add({ run, process: this }, priority)
  }

  /** Only the scheduler calls this. */
  run(task: () => void): void {
    if (this.state === "running" && this.crashIn > 0 && --this.crashIn === 0) this.onCrash!()
    if (this.state === "paused") this.held.push(task)
    else if (this.state === "running") task()
  }

  /** Nothing of it runs until `resume`, as after SIGSTOP. */
  pause(): void {
    if (this.state === "running") this.state = "paused"
  }

  resume(): void {
    if (this.state !== "paused") return
    this.state = "running"
    const { held } = this
    this.held = []
    for (const task of held) this.scheduler.add({ run: task, process: this }, 0)
  }

  /** Nothing of it ever runs again: no finalizer, nothing. */
  crash(): void {
    this.state = "crashed"
    this.held = []
    this.crashIn = 0
  }

  /** Calls `crash` before the n-th task from now on: between two awaits, wherever that is. It replaces the last one. */
  crashBefore(n: number, crash: () => void): void {
    this.crashIn = n
    this.onCrash = crash
  }

  /** What `crashBefore` was asked for does not come. */
  spare(): void {
    this.crashIn = 0
  }
}
