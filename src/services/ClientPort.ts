/** The UDP port at which this node takes thin clients, told to peers and to whoever looks for servers. Null: it takes none. */
import { Context } from "effect"

export class ClientPort extends Context.Reference<ClientPort>()("hostless/ClientPort", {
  defaultValue: (): number | null => null
}) {}
