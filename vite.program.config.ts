import { defineConfig } from "vite"

/**
 * The program in one piece: it loads in a third of the time that its hundreds of modules take, and a smaller process is
 * gone sooner when it is killed, which its peers notice sooner. Not minified, so that a stack trace can be read.
 */
export default defineConfig({
  // Optional native helpers of `ws` and `msgpackr`: a bundle cannot find them, and plain JavaScript does the same.
  define: {
    "process.env.WS_NO_BUFFER_UTIL": "\"1\"",
    "process.env.WS_NO_UTF_8_VALIDATE": "\"1\"",
    "process.env.MSGPACKR_NATIVE_ACCELERATION_DISABLED": "\"true\""
  },
  ssr: { noExternal: true, external: ["@parcel/watcher"] },
  build: {
    ssr: "src/programs/main.ts",
    outDir: "dist/program",
    emptyOutDir: true,
    target: "node20",
    minify: false,
    rollupOptions: { output: { entryFileNames: "[name].js", chunkFileNames: "[name]-[hash].js" } }
  }
})
