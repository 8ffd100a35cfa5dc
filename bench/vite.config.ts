import { defineConfig } from "vite"
import { built } from "../vite.program.config.ts"

/** The studies, built as the program is: what they measure is what it does. `bin/build.js --studies` runs it. */
export default defineConfig(built(".cache/bench", {
  main: "bench/main.ts",
  frames: "bench/frames/node.ts",
  raftNode: "bench/raft/node.ts",
  storageThreadMain: "src/layers/raft/storageThreadMain.ts"
}))
