import { defineConfig, type UserConfig } from "vite"

/** Libraries apart from the program. A large file takes more memory to compile than several small ones, and keeps it. */
const chunkOf = (id: string): string | undefined => {
  const [, name] = /node_modules\/(effect|@effect|msgpackr|ws)\//.exec(id) ?? []
  return name === undefined || name === "effect" ? name : "packages"
}

/**
 * The program in a few pieces: they load in a third of the time that its hundreds of modules take, and a smaller process
 * is gone sooner when it is killed, which its peers notice sooner. So it goes without white space, but with all its
 * names, and `node --enable-source-maps` shows where an error came from. What the studies in bench/ run is built alike.
 */
export const built = (outDir: string, input: Readonly<Record<string, string>>): UserConfig => ({
  // Optional native helpers of `ws` and `msgpackr`: a bundle cannot find them, and plain JavaScript does the same.
  define: {
    "process.env.WS_NO_BUFFER_UTIL": "\"1\"",
    "process.env.WS_NO_UTF_8_VALIDATE": "\"1\"",
    "process.env.MSGPACKR_NATIVE_ACCELERATION_DISABLED": "\"true\""
  },
  esbuild: {
    // One character beyond ASCII and the whole file takes two bytes for each.
    charset: "ascii",
    legalComments: "none",
    minifyIdentifiers: false,
    minifySyntax: false,
    minifyWhitespace: true
  },
  // SQLite finds its machine code next to its own file; only Raft's storage loads it, in a thread of its own.
  ssr: { noExternal: true, external: ["@parcel/watcher", "node-sqlite3-wasm"] },
  build: {
    ssr: true,
    outDir,
    emptyOutDir: true,
    target: "node20",
    minify: "esbuild",
    sourcemap: true,
    rollupOptions: {
      input: { ...input },
      // Nothing is imported from outside for its effects alone.
      treeshake: { moduleSideEffects: "no-external" },
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "[name]-[hash].js",
        manualChunks: chunkOf,
        sourcemapExcludeSources: true
      }
    }
  }
})

export default defineConfig(built("dist/program", {
  main: "src/programs/main.ts",
  simulation: "src/programs/simulate/worker.ts",
  storageThreadMain: "src/layers/raft/storageThreadMain.ts"
}))
