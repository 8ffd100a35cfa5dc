import { defineConfig } from "vite"

/** The browser client's build. `bin/build.js` runs it and names the directory, since it builds next to `dist` first. */
export default defineConfig({
  root: "src/web/app",
  // Relative addresses, so that the page works below any path.
  base: "./",
  // No React plugin: esbuild's own JSX is all that a build needs.
  esbuild: { jsx: "automatic" },
  build: {
    outDir: "../../../dist/web",
    emptyOutDir: true,
    target: "es2022",
    // Phaser alone is above the default of 500 kB.
    chunkSizeWarningLimit: 2000,
    rollupOptions: {
      input: ["src/web/app/index.html", "src/web/app/relay/index.html"],
      output: {
        manualChunks: (id) => /[\\/]node_modules[\\/]phaser[\\/]/.test(id) ? "phaser" : undefined
      }
    }
  }
})
