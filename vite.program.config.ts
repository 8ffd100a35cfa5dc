import { defineConfig } from "vite"

/**
 * The program in one piece per command: it loads in a third of the time that its hundreds of modules take, and a smaller
 * process is gone sooner when it is killed, which its peers notice sooner (see docs/how-it-is-tested.md).
 */
export default defineConfig({
  ssr: { noExternal: true, external: ["@parcel/watcher"] },
  build: {
    ssr: "src/programs/main.ts",
    outDir: "dist/program",
    emptyOutDir: true,
    target: "node20",
    minify: "esbuild",
    rollupOptions: { output: { entryFileNames: "[name].js", chunkFileNames: "[name]-[hash].js" } }
  }
})
