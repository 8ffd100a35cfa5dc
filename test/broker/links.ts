/** The suites of links and discovery through real brokers, by the package's own export. */
import { describe, test } from "vitest"
import type * as BrokerTransport from "../../src/layers/broker/BrokerTransport.ts"
import type * as Testing from "../../src/testing/index.ts"
import { kinds, serverFor } from "./servers.ts"

/** As other packages import it: what was built. */
const exported: string = "hostless/testing"
const { brokerSuite } = await import(exported) as typeof Testing
const { BrokerTransport: Built } = await import("hostless/layers" as string) as {
  readonly BrokerTransport: typeof BrokerTransport
}

/** Tests of hundreds of connections, each of them one to the broker, too. */
export const isLarge = (name: string): boolean => name.startsWith("full:")

/** The suites through a real broker of each kind: those of their tests that are taken. */
export const links = (takes: (name: string) => boolean): void => {
  for (const { make, missing, name } of kinds) {
    describe.skipIf(missing !== null)(missing === null ? `through ${name}` : `${name}: ${missing}`, () => {
      const server = serverFor(make)
      const some: Testing.Harness["test"] = (name, body, timeoutMs) => takes(name) && test(name, body, timeoutMs)
      brokerSuite(name, () => Built.layerOf(server().url), { describe, test: some })
    })
  }
}
