/** Bytes by chance, the same in every run, and what stays in memory of them. */
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { source } from "../../../src/core/Random.ts"

setFlagsFromString("--expose-gc")
const collect = runInNewContext("gc") as () => void

/** What is in use once all that can be collected is. */
export const heapBytes = (): number => {
  collect()
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

const chance = source(0x1234567)

/** A whole number below. */
export const random = (below: number): number => Math.floor(chance() * below)
export const randomBytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => random(256))
