/** A member of a virtual LAN that a test moves by hand: it links and beats like a node, and says only what it is told to. */
import { Context, Effect, Layer, type Scope } from "effect"
import type { AnyGame } from "../../src/games/Game.ts"
import * as FailureDetectorBeats from "../../src/layers/health/FailureDetectorBeats.ts"
import * as StallsWatch from "../../src/layers/health/StallsWatch.ts"
import * as NodeIdentityFixed from "../../src/layers/identity/NodeIdentityFixed.ts"
import * as MessageQueuesBounded from "../../src/layers/queues/MessageQueuesBounded.ts"
import type { VirtualLan } from "../../src/layers/virtual/VirtualLan.ts"
import type { MessageOf } from "../../src/protocol/Conversation.ts"
import type { PeerId } from "../../src/protocol/Ids.ts"
import type { ReignRef } from "../../src/protocol/Reign.ts"
import { ClusterConfig } from "../../src/services/ClusterConfig.ts"
import { CurrentGame } from "../../src/services/CurrentGame.ts"
import { FailureDetector } from "../../src/services/FailureDetector.ts"
import { MessageQueues } from "../../src/services/MessageQueues.ts"
import { PeerLinks } from "../../src/services/PeerLinks.ts"
import { idOf } from "./cluster.ts"
import { tallyOf } from "./tally.ts"

const heardConversations = ["bully", "sync", "progress", "replication", "input"] as const
type Heard = (typeof heardConversations)[number]

export interface Puppet {
  readonly peerId: PeerId
  /** Everything that was said to it, in order, per conversation. */
  readonly heard: { readonly [C in Heard]: Array<MessageOf<C>> }
  readonly say: <C extends Heard>(to: number, conversation: C, message: MessageOf<C>) => Effect.Effect<boolean>
  /** What its beats say. */
  readonly follow: (reign: ReignRef | null) => Effect.Effect<void>
}

/** The messages of one kind among those that were heard. */
export const ofKind = <M extends { readonly _tag: string }, T extends M["_tag"]>(
  messages: ReadonlyArray<M>,
  tag: T
): ReadonlyArray<Extract<M, { readonly _tag: T }>> =>
  messages.filter((message): message is Extract<M, { readonly _tag: T }> => message._tag === tag)

export const make = (
  lan: VirtualLan,
  n: number,
  game: AnyGame = tallyOf()
): Effect.Effect<Puppet, never, Scope.Scope> =>
  Effect.gen(function*() {
    const peerId = idOf(n)
    const layer = FailureDetectorBeats.layer.pipe(
      Layer.provideMerge(StallsWatch.layer),
      Layer.provideMerge(lan.links),
      Layer.provideMerge(lan.discovery),
      Layer.provideMerge(lan.beats),
      Layer.provideMerge(MessageQueuesBounded.layer),
      Layer.provideMerge(NodeIdentityFixed.layer({ peerId })),
      Layer.provideMerge(ClusterConfig.layer()),
      Layer.provideMerge(CurrentGame.layer(game))
    )
    const context = yield* Layer.build(layer)
    const links = Context.get(context, PeerLinks)
    const queues = Context.get(context, MessageQueues)
    const heard: Puppet["heard"] = { bully: [], sync: [], progress: [], replication: [], input: [] }
    for (const conversation of heardConversations) {
      yield* Effect.forkScoped(Effect.forever(Effect.flatMap(
        queues.take(conversation),
        (envelopes) =>
          Effect.sync(() => {
            for (const { message } of envelopes) (heard[conversation] as Array<typeof message>).push(message)
          })
      )))
    }
    return {
      peerId,
      heard,
      say: (to, conversation, message) => links.send(idOf(to), conversation, message),
      follow: Context.get(context, FailureDetector).tellReign
    }
  })
