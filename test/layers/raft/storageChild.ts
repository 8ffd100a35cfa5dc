/**
 * A process with a storage: `storageChild.js THREAD DIRECTORY GROUPS`. Goes on with the history from where its disk has
 * it, and says what is on disk: one line each time, before it goes on.
 */
import { writeSync } from "node:fs"
import { Worker } from "node:worker_threads"
import { type Answer, packed, type Request } from "../../../src/layers/raft/StorageThread.ts"
import { someHistory } from "./storageModel.ts"

const [thread, directory, groups] = process.argv.slice(2)
const worker = new Worker(thread!, { workerData: directory })

const ask = (request: Request): Promise<Answer> =>
  new Promise((resolve) => {
    worker.once("message", resolve)
    worker.postMessage(request, [])
  })
const say = (line: string): void => void writeSync(1, `${line}\n`)

const answer = await ask({ _tag: "load" })
say(answer._tag)
for (const [i, group] of someHistory(Number(groups)).entries()) {
  const answer = await ask({ _tag: "write", writes: packed(group) })
  say(answer._tag === "refused" ? `refused ${answer.reason}` : `${answer._tag} ${i + 1}`)
  if (answer._tag !== "written") break
}
say((await ask({ _tag: "close" }))._tag)
