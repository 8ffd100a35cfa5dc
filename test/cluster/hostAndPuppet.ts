/** A host that is real, beside a member that a test moves by hand. */
import { Effect } from "effect"
import type { AnyGame } from "../../src/games/Game.ts"
import type { Head } from "../../src/protocol/Event.ts"
import { ref } from "../../src/protocol/Reign.ts"
import type { ClusterSettings } from "../../src/services/ClusterConfig.ts"
import { advance, makeCluster } from "./cluster.ts"
import * as Puppet from "./puppet.ts"

/** A real host 2, and a puppet 1 that has accepted its reign and told where its logs end. */
export const hostAndPuppet = (
  heads: ReadonlyArray<Head> = [],
  options: { readonly game?: AnyGame; readonly settings?: Partial<ClusterSettings> } = {}
) =>
  Effect.gen(function*() {
    const cluster = yield* makeCluster(options)
    yield* cluster.start(2)
    yield* advance(1_000)
    const puppet = yield* Puppet.make(cluster.lan, 1, options.game)
    yield* advance(300)
    const { reign } = Puppet.ofKind(puppet.heard.bully, "coordinator")[0]!
    yield* puppet.say(2, "bully", { _tag: "accepted", reign: ref(reign) })
    yield* puppet.follow(ref(reign))
    yield* puppet.say(2, "progress", { _tag: "sync-answer", reign: ref(reign), forgot: false, heads })
    yield* advance(20)
    return { cluster, puppet, reign: ref(reign) }
  })
