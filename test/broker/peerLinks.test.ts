/** What links and discovery promise, through real brokers; `peerLinks.long.test.ts` has what takes hundreds of connections. */
import { isLarge, links } from "./links.ts"

links((name) => !isLarge(name))
