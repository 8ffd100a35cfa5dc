/** Screens without a transport, over a game in memory: what each is sent, and what it says, all in the test's own time. */
import { Context, Effect, Layer, Schema, type Scope } from "effect"
import { Gather } from "../../../src/games/Gather.ts"
import * as ScreensServed from "../../../src/layers/screens/ScreensServed.ts"
import { protocolVersion } from "../../../src/protocol/Discovery.ts"
import { decodeBody, encodeBody } from "../../../src/protocol/Frame.ts"
import { NodeMessage } from "../../../src/protocol/Session.ts"
import { type Client, GameClient } from "../../../src/services/GameClient.ts"
import { Rejections } from "../../../src/services/Rejections.ts"
import { type AttachedScreen, type ScreenEnd, Screens, type ScreenSocket } from "../../../src/services/Screens.ts"
import { MemoryGame, type MemoryGameOptions } from "./memoryGame.ts"
import type { Saying } from "./screenClient.ts"

const decodeMessage = Schema.decodeUnknownSync(NodeMessage)
type Tag = NodeMessage["_tag"]
type Told<T extends Tag> = Extract<NodeMessage, { readonly _tag: T }>

export const joining = (room: string, token: string | null = null, version: number = protocolVersion): Saying => ({
  _tag: "join",
  version,
  subscription: 1,
  room,
  seat: token === null ? null : { token, profile: { name: "Ada", color: "#3355aa" } }
})

/** Lets every fiber do what it can do now. */
export const settle = Effect.repeatN(Effect.yieldNow(), 40)

export class DeskScreen {
  readonly messages: Array<NodeMessage> = []
  /** Those that came by the newest-wins channel. */
  readonly newest: Array<NodeMessage> = []
  /** Why it was ended, as often as it was. */
  readonly ends: Array<ScreenEnd> = []
  asked = 0
  buffered = 0
  private readonly attached: AttachedScreen

  constructor(screens: Context.Tag.Service<Screens>, isLossy = false) {
    const keep = (into: Array<NodeMessage>) => (body: Uint8Array) => void into.push(decodeMessage(decodeBody(body)))
    const socket: ScreenSocket = {
      isOpen: () => this.ends.length === 0,
      bufferedBytes: () => this.buffered,
      send: keep(this.messages),
      sendNewest: isLossy ? keep(this.newest) : null,
      ask: () => void this.asked++,
      end: (why) => void this.ends.push(why)
    }
    this.attached = screens.attach(socket)
  }

  /** Says these, one after the other, and waits until they are seen to. */
  say(...messages: ReadonlyArray<Saying>): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.tell(...messages)
      return settle
    })
  }

  /** Says these, and waits for nothing. */
  tell(...messages: ReadonlyArray<Saying>): void {
    for (const message of messages) this.attached.receive(encodeBody(message, "msgpack"))
  }

  join(room: string, token: string | null = null, version: number = protocolVersion): Effect.Effect<void> {
    return this.say(joining(room, token, version))
  }

  /** What no schema takes. */
  babble(times: number): void {
    for (let i = 0; i < times; i++) this.attached.receive(i % 2 === 0 ? null : new Uint8Array([1, 2, 3]))
  }

  heard(): void {
    this.attached.heard()
  }

  drained(): void {
    this.attached.drained()
  }

  get gone(): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.attached.gone()
      return settle
    })
  }

  all<T extends Tag>(...tags: ReadonlyArray<T>): ReadonlyArray<Told<T>> {
    return this.messages.filter((message): message is Told<T> => (tags as ReadonlyArray<Tag>).includes(message._tag))
  }

  last<T extends Tag>(tag: T): Told<T> | undefined {
    return this.all(tag).at(-1)
  }
}

/** `client`: the game's own, changed. */
export const house = (
  options: Partial<MemoryGameOptions> & { readonly client?: (client: Client) => Client } = {},
  game: MemoryGame = new MemoryGame({ game: Gather, ...options })
): Effect.Effect<
  {
    readonly game: MemoryGame
    readonly screens: Context.Tag.Service<Screens>
    readonly rejected: Effect.Effect<number>
    readonly open: (isLossy?: boolean) => DeskScreen
    readonly tick: Effect.Effect<void>
  },
  never,
  Scope.Scope
> =>
  Effect.gen(function*() {
    const client = Layer.succeed(GameClient, (options.client ?? ((same) => same))(game.client))
    const context = yield* Layer.build(
      ScreensServed.layer.pipe(Layer.provideMerge(Rejections.layer), Layer.provide(Layer.merge(game.layer, client)))
    )
    const screens = Context.get(context, Screens)
    yield* settle
    return {
      game,
      screens,
      rejected: Context.get(context, Rejections).count,
      open: (isLossy) => new DeskScreen(screens, isLossy),
      tick: Effect.zipRight(Effect.sync(() => game.tick(() => 0.5)), settle)
    }
  })
