/** What links promise where there are hundreds of them, through real brokers. */
import { isLarge, links } from "./links.ts"

links(isLarge)
