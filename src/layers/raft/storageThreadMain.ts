/** The thread that waits for the disk. Started by `RaftStorageSqlite.ts`, with the directory as its data. */
import { parentPort, workerData } from "node:worker_threads"
import { StorageDatabase } from "./StorageDatabase.ts"
import { Refusal } from "./StorageRefusal.ts"
import { type Answer, type Request, unpacked } from "./StorageThread.ts"

const port = parentPort!
let database: StorageDatabase | null = null

const open = (): StorageDatabase => database ??= new StorageDatabase(workerData)

const answer = (request: Request): Answer => {
  switch (request._tag) {
    case "load":
      return { _tag: "loaded", stored: open().load() }
    case "write":
      open().write(unpacked(request.writes))
      return { _tag: "written" }
    case "close":
      database?.close()
      port.close()
      return { _tag: "closed" }
  }
}

port.on("message", (request: Request) => {
  let reply: Answer
  try {
    reply = answer(request)
  } catch (error) {
    reply = error instanceof Refusal
      ? { _tag: "refused", reason: error.reason, detail: error.message }
      : { _tag: "broken", detail: error instanceof Error ? error.stack ?? error.message : String(error) }
  }
  port.postMessage(reply)
})
