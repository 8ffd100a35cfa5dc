/** Before a run: a directory for what its files build once for all of them, below the project, where packages are found. */
import { mkdtempSync, rmSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { TestProject } from "vitest/node"

declare module "vitest" {
  export interface ProvidedContext {
    scratch: string
  }
}

export default function setup(project: TestProject): () => void {
  const directory = mkdtempSync(fileURLToPath(new URL("../../node_modules/.test-", import.meta.url)))
  project.provide("scratch", directory)
  return () => rmSync(directory, { recursive: true, force: true })
}
