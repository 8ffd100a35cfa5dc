/** The page that this node shares with other machines, told to peers in the handshake. Null: it shares none. */
import { Context } from "effect"

export class SharedPage extends Context.Reference<SharedPage>()("hostless/SharedPage", {
  defaultValue: (): string | null => null
}) {}
