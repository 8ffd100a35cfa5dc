/** The order of test files: those that take longest come first, so that nothing is waited for at the end. */
import { relative, sep } from "node:path"
import { BaseSequencer } from "vitest/node"

/** What a fresh clone cannot know, since they are small files. */
const long = new Set([
  "test/simulation/simulation.test.ts",
  "test/layers/raft/storageCrash.test.ts",
  "test/cluster/raft.test.ts",
  "test/process/garbage.test.ts",
  "test/process/servers.test.ts",
  "test/process/eventRelay.test.ts",
  "test/broker/games.test.ts",
  "test/broker/peerLinks.test.ts",
  "test/lan/lan.test.ts",
  "test/process/failover.test.ts"
])

export default class LongestFirst extends BaseSequencer {
  /** @override @param {Array<import("vitest/node").TestSpecification>} files */
  async sort(files) {
    const sorted = await super.sort(files)
    /** @param {import("vitest/node").TestSpecification} file */
    const isLong = ({ moduleId }) => long.has(relative(".", moduleId).split(sep).join("/"))
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}
